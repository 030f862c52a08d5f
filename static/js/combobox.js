/* What a field with a list of options does by keyboard (the APG's combobox): one option is pointed at, the focus stays in
   the field. `this.input` and `this.list` come from whoever extends it. */

export class Combobox {
  at = -1;

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  point(place) {
    this.at = place;
    this.options().forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const option = this.options()[place];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  /* Arrows go through the options and round; true when the key was one. */
  arrow(key) {
    const count = this.options().length;
    if (this.list.hidden || !count || (key !== "ArrowDown" && key !== "ArrowUp")) return false;
    this.point(key === "ArrowDown" ? (this.at + 1) % count : (this.at + count - (this.at < 0 ? 0 : 1)) % count);
    return true;
  }

  /* How many there are, said when typing pauses. */
  tell(words) {
    const count = this.options().length;
    this.said.textContent = count === 0 ? words.none : count === 1 ? words.one : words.many.replace("{n}", count);
    this.list.hidden = count === 0;
    this.input.setAttribute("aria-expanded", String(count > 0));
    this.point(-1);
  }
}
