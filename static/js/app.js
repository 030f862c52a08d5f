/* What a page gains with JavaScript. Everything works without it.
   Nothing here builds HTML or evaluates text; words come from data attributes, so they can be translated. */

const EDITABLE = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';
const AUTOSAVE_PAUSE = 1000; // ms after the last keystroke
const ANNOUNCE_PAUSE = 900; // ms: a screen reader hears the count when typing pauses

/* ---- Keys: "/" opens the finder, others follow the link that names them (<a data-key="k">), Ctrl or Cmd + Enter sends
   the form the focus is in ---- */

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!plain || document.documentElement.dataset.keys === "off" || event.target.closest?.(EDITABLE)) return;
  const link = /^[a-z]$/.test(event.key) && document.querySelector(`a[data-key="${event.key}"]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
  if (event.key === "/") {
    const finder = document.querySelector(".finder");
    if (finder && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      openFinder(finder, document.activeElement);
    }
  }
});

/* ---- The finder of the bar becomes a dialog with what is found as letters come; without this it is a plain form ---- */

let before = null; // what has the focus again when the dialog closes, if that is not the form's own field

function openFinder(form, from = null) {
  const field = form.querySelector("input");
  before ??= from;
  // Until the dialog is there, letters go into the form itself, and from there into the dialog.
  field.focus();
  import("./find.js").then((module) => {
    module.open(form, before ?? field);
    before = null;
  });
}

for (const form of document.querySelectorAll(".finder")) {
  form.addEventListener("click", (event) => {
    event.preventDefault();
    openFinder(form);
  });
  form.addEventListener("input", () => openFinder(form));
}

/* ---- In a row to swipe, what has the focus comes wholly into sight (browsers leave it cut off at the edge) ---- */

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".lineup :focus-visible")) event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

/* ---- A notice that is opened has been read: <a data-read="id of its form"> ---- */

document.addEventListener("click", (event) => {
  const form = document.getElementById(event.target.closest?.("[data-read]")?.dataset.read);
  if (form) fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
});

/* ---- A link to pass on is selected as a whole ---- */

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-copy]")) event.target.select();
});

/* ---- Words to be sent elsewhere: links take along what stands in <textarea data-words> (<a data-with="address up to the
   words">), a button copies it (data-copies: id, data-done: what is said then). Without this a button of the form makes
   the links anew (data-by-hand). ---- */

const words = document.querySelector("[data-words]");
if (words) {
  const follow = () => {
    for (const link of document.querySelectorAll("[data-with]")) link.href = link.dataset.with + encodeURIComponent(words.value);
  };
  words.addEventListener("input", follow);
  addEventListener("pageshow", follow);
  document.querySelector("[data-by-hand]").hidden = true;
  const copies = document.querySelector("[data-copies]");
  copies.hidden = !navigator.clipboard; // there is none where the page came without TLS
  copies.addEventListener("click", async () => {
    await navigator.clipboard.writeText(words.value);
    announce(copies.dataset.done);
  });
}

/* ---- After an htmx swap the focus goes to what needs fixing (on a full page, autofocus does it), and what is
   new is said: <p data-say>. ---- */

document.addEventListener("htmx:after:swap", () => {
  const added = document.querySelector("[data-focus]"); // what stands below what was there
  added?.removeAttribute("data-focus");
  (document.querySelector("[data-errors]") ?? added)?.focus();
  prepare();
  const news = document.querySelector("[data-say]");
  if (news) announce(news.textContent);
});

/* ---- What asks now and then while somebody looks: data-poll says after how many seconds, htmx does it ---- */

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  for (const place of document.querySelectorAll("[data-poll]")) {
    if (Date.now() - (place.askedAt ?? performance.timeOrigin) < place.dataset.poll * 1000) continue;
    place.askedAt = Date.now();
    place.dispatchEvent(new Event("poll"));
  }
}, 5000);

/* ---- Counter: <textarea data-max data-left="{n} left" data-over="{n} over"> and <p id="(its id)-count"> ---- */

const announcements = new WeakMap();

function count(field) {
  const place = document.getElementById(`${field.id}-count`);
  if (!place) return;
  const max = Number(field.dataset.max);
  // Code points, with line breaks as one: what the server counts.
  const left = max - [...field.value].length;
  const words = left < 0 ? field.dataset.over : left <= Number(field.dataset.from ?? max * 0.2) ? field.dataset.left : "";
  const text = (words ?? "").replace("{n}", Math.abs(left));
  if (place.textContent === text) return;
  place.textContent = text;
  place.classList.toggle("over", left < 0);
  clearTimeout(announcements.get(field));
  announcements.set(field, setTimeout(announce, ANNOUNCE_PAUSE, text));
}

// One polite live region for all of it, so that each keystroke is not read aloud. It has to be there before its words.
function liveRegion() {
  let region = document.querySelector("[data-announce]");
  if (!region) {
    region = document.createElement("p");
    region.className = "vh";
    region.dataset.announce = "";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  return region;
}

function announce(text) {
  liveRegion().textContent = text;
}

/* ---- Forms that guard unsaved words (data-guard) and forms that save themselves (data-autosave) ---- */

const states = new WeakMap();
const changedForms = new Set();

function stateOf(form) {
  if (!states.has(form)) states.set(form, { timer: 0, running: null, again: false, leaving: false });
  return states.get(form);
}

function touched(event) {
  const form = event.target.form;
  if (event.target.matches?.("[data-max]")) count(event.target);
  if (!form) return;
  const typed = event.type === "input"; // "change" follows it, when the field is left
  if (typed && form.matches("[data-guard]")) changedForms.add(form);
  if (form.matches("[data-autosave]") && event.target.type !== "file") {
    const state = stateOf(form);
    if (!typed && !state.timer) return; // saved already
    clearTimeout(state.timer);
    state.timer = setTimeout(save, typed ? AUTOSAVE_PAUSE : 0, form);
  }
}
document.addEventListener("input", touched);
document.addEventListener("change", touched);

function save(form) {
  const state = stateOf(form);
  state.timer = 0;
  if (state.leaving || !form.isConnected) return;
  if (state.running) {
    state.again = true; // one more when this one is back
    return;
  }
  changedForms.delete(form);
  state.running = send(form).finally(() => {
    state.running = null;
    if (state.again) {
      state.again = false;
      save(form);
    }
  });
}

async function send(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name); // files go with the button
  const place = form.querySelector("[data-saved]");
  let words = place?.dataset.failed ?? form.dataset.failed ?? "";
  let failed = true;
  try {
    const answer = await fetch(form.getAttribute("action") || location.href, {
      method: "POST",
      body: data,
      headers: { "X-Autosave": "1", Accept: "application/json" },
      redirect: "manual", // to the sign-in page: not our JSON
    });
    const body = await answer.json();
    const version = form.querySelector('input[name="version"]');
    if (version && body.version != null) version.value = body.version;
    failed = !answer.ok || Boolean(body.error);
    words = body.error ?? body.saved ?? words;
  } catch {
    // No network, or not our JSON: the words stay in the form, and the next change tries again.
  }
  if (failed && form.matches("[data-guard]")) changedForms.add(form);
  if (place) place.textContent = words;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const state = states.get(form);
  changedForms.delete(form);
  if (!state) return;
  clearTimeout(state.timer);
  state.leaving = true;
  state.again = false;
  if (state.running) {
    // The running save brings a new version: wait for it, or this form would be out of date.
    event.preventDefault();
    await state.running;
    changedForms.delete(form);
    form.requestSubmit(event.submitter);
  }
});

addEventListener("beforeunload", (event) => {
  if ([...changedForms].some((form) => form.isConnected)) event.preventDefault();
});

/* ---- Start; again after a swap, and when a page comes back from the browser's memory ---- */

function prepare() {
  if (document.querySelector("[data-max], [data-say], [data-copies]")) liveRegion();
  for (const field of document.querySelectorAll("[data-max]")) count(field);
  for (const form of document.forms) if (states.has(form)) stateOf(form).leaving = false;
}

addEventListener("pageshow", prepare);
prepare();
