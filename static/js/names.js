/* A field for names becomes tokens with completion (the APG's list autocomplete with manual selection). Without it the
   field is plain text with commas between the names, and the server reads either. Options come as HTML from our own
   server, escaped there; words come from data attributes. */

import { Combobox } from "./combobox.js";

const PAUSE = 120; // ms after the last letter

class Names extends Combobox {
  constructor(box) {
    super();
    this.box = box;
    this.input = box.querySelector("input");
    this.one = box.dataset.names === "one"; // choosing sends the form
    this.plain = box.dataset.names === "text"; // one thing, and it stays text
    this.timer = 0;
    this.asked = 0;
    this.list = document.createElement("ul");
    this.list.id = `${this.input.id}-list`;
    this.list.className = "names-list";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.label());
    this.list.hidden = true;
    this.said = document.createElement("p");
    this.said.className = "vh";
    this.said.setAttribute("role", "status");
    box.append(this.list, this.said);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    }))
      this.input.setAttribute(name, value);
    const known = [...box.querySelectorAll("[data-token]")];
    // What the server did not understand stays in the field as text; what became a token does not stand there twice.
    if (known.length) this.input.value = this.input.dataset.unread ?? "";
    for (const one of known) {
      this.add(one.dataset.token, one.textContent, one.className, false);
      one.remove();
    }
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault(); // the focus stays in the field
      this.choose(option);
    });
    box.addEventListener("click", (event) => {
      if (event.target === box) this.input.focus();
    });
  }

  label() {
    return document.querySelector(`label[for="${this.input.id}"]`)?.textContent.trim() ?? "";
  }

  typed() {
    clearTimeout(this.timer);
    const text = (this.plain ? this.input.value : this.input.value.split(/[,;]/).pop()).trim();
    if (!text) return this.close();
    this.timer = setTimeout(() => this.ask(text), PAUSE);
  }

  async ask(text) {
    const turn = ++this.asked;
    const url = new URL(this.box.dataset.source, location.href);
    url.searchParams.set("q", text);
    let html = "";
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" });
      if (!answer.ok) return;
      html = await answer.text();
    } catch {
      return; // no network: the name stays as it was typed, and the server reads it
    }
    if (turn !== this.asked || document.activeElement !== this.input) return;
    this.list.innerHTML = html;
    const options = this.options();
    for (const option of options) {
      if (this.has(option.dataset.value)) option.remove();
    }
    this.options().forEach((option, place) => (option.id = `${this.list.id}-${place}`));
    this.tell(this.box.dataset);
  }

  close() {
    clearTimeout(this.timer);
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "Escape" && open) this.close();
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && open) this.choose(this.options()[Math.max(this.at, 0)]);
    else if (event.key === "Backspace" && !this.input.value && this.tokens().length) this.tokens().at(-1).remove();
    else if (!this.arrow(event.key)) return;
    event.preventDefault();
    if (event.key === "Backspace") this.changed();
  }

  tokens() {
    return [...this.box.querySelectorAll(".token")];
  }

  has(value) {
    return this.tokens().some((token) => token.querySelector("input").value === value);
  }

  choose(option) {
    if (this.plain) {
      this.input.value = option.dataset.name;
      this.close();
      this.input.focus();
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const typed = this.input.value.split(/[,;]/);
    typed.pop();
    this.input.value = typed.join(",");
    this.add(option.dataset.value, option.dataset.name, option.className, true);
    this.close();
    if (this.one) this.input.form.requestSubmit();
    else this.input.focus();
  }

  add(value, name, hue, tell) {
    const token = document.createElement("span");
    token.className = `token ${hue}`;
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = this.input.name;
    kept.value = value;
    const words = document.createElement("bdi");
    words.textContent = name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "token-x";
    remove.setAttribute("aria-label", this.box.dataset.remove.replace("{name}", name));
    remove.addEventListener("click", () => {
      token.remove();
      this.input.focus();
      this.changed();
    });
    token.append(kept, words, remove);
    this.box.insertBefore(token, this.input);
    this.input.required = false;
    if (tell) this.changed();
  }

  changed() {
    this.input.form.dispatchEvent(new CustomEvent("names"));
  }
}

/* ---- What depends on who is named: how they like to be thanked, who may see it ---- */

function hints(place) {
  const form = place.closest("form");
  let turn = 0;
  const ask = async () => {
    const mine = ++turn;
    const data = new FormData(form);
    try {
      const answer = await fetch(place.dataset.hints, { method: "POST", body: data, headers: { "HX-Request": "true" }, redirect: "error" });
      if (answer.ok && mine === turn) place.innerHTML = await answer.text();
    } catch {
      // no network: the server says it when the thanks are posted
    }
  };
  form.addEventListener("names", ask);
  form.querySelector("select[name=team]")?.addEventListener("change", ask);
}

for (const box of document.querySelectorAll("[data-names]")) new Names(box);
for (const place of document.querySelectorAll("[data-hints]")) hints(place);
