/* The finder: a dialog with a field and a list of what is found as letters come (the APG's combobox with a list, chosen
   by hand). Enter without a choice goes on to the page with everything. Options come as HTML from our own server, escaped
   there; words come from data attributes. */

import { Combobox } from "./combobox.js";

const PAUSE = 120; // ms after the last letter

function made(tag, set = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
  return element;
}

class Finder extends Combobox {
  constructor(form) {
    super();
    this.words = form.dataset;
    this.timer = 0;
    this.asked = 0;
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
    this.dialog.addEventListener("close", () => {
      clearTimeout(this.timer);
      if (this.before === document.body) document.activeElement.blur();
      else this.before.focus();
    });
  }

  /* text: what was typed before the dialog was there; before: what has the focus again when it closes. */
  open(text, before) {
    if (this.dialog.open) return; // each letter typed before had asked for it
    this.before = before;
    this.dialog.showModal();
    this.input.focus();
    if (!text) return this.input.select();
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.typed();
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
    this.options().forEach((option, place) => (option.id = `finder-${place}`));
    this.tell(this.words);
    if (!this.input.value.trim()) this.said.textContent = "";
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.at >= 0) this.choose(this.options()[this.at]);
    else if (!this.arrow(event.key)) return;
    event.preventDefault();
  }

  choose(option) {
    if (option) location.assign(option.dataset.url);
  }
}

let finder;

export function open(form, before) {
  const field = form.querySelector("input");
  const text = field.value;
  field.value = "";
  finder ??= new Finder(form);
  finder.open(text, before);
}
