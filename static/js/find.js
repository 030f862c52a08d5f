/* The finder: a dialog with a field and a list of what is found as letters come (the APG's combobox with a list, chosen
   by hand). Enter without a choice goes on to the page with everything. Options come as HTML from our own server, escaped
   there; words come from data attributes. */

const PAUSE = 120; // ms after the last letter

function made(tag, set = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
  return element;
}

class Finder {
  constructor(form) {
    this.words = form.dataset;
    this.timer = 0;
    this.asked = 0;
    this.at = -1;
    const label = form.querySelector("label").textContent.trim();
    this.dialog = made("dialog", { class: "palette", "aria-label": label });
    this.form = made("form", { action: form.action, role: "search", class: "palette-form" });
    this.input = made("input", {
      class: "input", name: "q", type: "text", enterkeyhint: "search", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      dir: "auto", role: "combobox", "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": "finder-list", placeholder: form.querySelector("input").placeholder,
    });
    const close = made("button", { type: "button", class: "iconbtn", "aria-label": this.words.close });
    close.textContent = "\u00d7";
    close.addEventListener("click", () => this.dialog.close());
    this.list = made("div", { id: "finder-list", role: "listbox", "aria-label": label, class: "palette-list" });
    this.list.hidden = true;
    this.said = made("p", { class: "vh", role: "status" });
    this.form.append(this.input, close);
    this.dialog.append(this.form, this.list, this.said);
    document.body.append(this.dialog);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("close", () => clearTimeout(this.timer));
  }

  open(text) {
    if (!this.dialog.open) this.dialog.showModal();
    if (text) this.input.value = text;
    this.input.focus();
    this.input.select();
    if (text) {
      this.input.setSelectionRange(text.length, text.length);
      this.typed();
    }
  }

  typed() {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if (!text) return this.show("");
    this.timer = setTimeout(() => this.ask(text), PAUSE);
  }

  async ask(text) {
    const turn = ++this.asked;
    const url = new URL(this.words.source, location.href);
    url.searchParams.set("q", text.slice(0, 400));
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" });
      // Whoever typed on meanwhile waits for a later answer.
      if (answer.ok && turn === this.asked) this.show(await answer.text(), turn);
    } catch {
      // no network: Enter still asks for the page
    }
  }

  show(html, turn = ++this.asked) {
    if (turn !== this.asked) return;
    this.list.innerHTML = html;
    const count = this.options().length;
    this.options().forEach((option, place) => (option.id = `finder-${place}`));
    const { none, one, many } = this.words;
    this.said.textContent = !this.input.value.trim() ? "" : count === 0 ? none : count === 1 ? one : many.replace("{n}", count);
    this.list.hidden = count === 0;
    this.input.setAttribute("aria-expanded", String(count > 0));
    this.point(-1);
  }

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

  key(event) {
    if (event.isComposing) return;
    const count = this.options().length;
    if (event.key === "ArrowDown" && count) this.point((this.at + 1) % count);
    else if (event.key === "ArrowUp" && count) this.point((this.at + count - (this.at < 0 ? 0 : 1)) % count);
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.options()[this.at]);
    else return;
    event.preventDefault();
  }

  choose(option) {
    if (option) location.assign(option.dataset.url);
  }
}

let finder;

export function open(form) {
  const field = form.querySelector("input");
  const text = field.value;
  field.value = "";
  finder ??= new Finder(form);
  finder.open(text);
}
