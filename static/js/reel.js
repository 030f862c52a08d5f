/* The reel and the meeting screen, quicker: keys, swipes, and going on by itself for whoever starts that. Without any
   of this the same buttons do the same. Words come from data attributes, so they can be translated. */

const SWIPE = 60; // px
const EDITABLE = "input, textarea, select, [contenteditable]";
const PRESSABLE = "a[href], button, summary";

const reel = document.querySelector("[data-reel]");
if (reel) {
  const seen = reel.querySelector("[data-seen]"); // thanks in a meeting are marked by nobody
  const lasts = Number(reel.dataset.lasts) * 1000; // a slide, when it goes on by itself
  const back = reel.querySelector("[rel=prev]");
  const play = reel.querySelector(".playbtn");
  const said = reel.querySelector("[data-said]");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const kept = `reel-plays-${reel.dataset.reel}`;
  let timer = 0;
  let going = false;

  /* ---- Going: the seen mark travels by itself, nobody waits for it ---- */

  function go(address) {
    if (going || !address) return;
    going = true;
    clearTimeout(timer);
    location.assign(address);
  }

  function next() {
    if (going) return;
    if (seen) fetch(seen.action, { method: "POST", body: new FormData(seen), redirect: "manual", keepalive: true }).catch(() => {});
    go(reel.dataset.next);
  }

  seen?.addEventListener("submit", (event) => {
    event.preventDefault();
    next();
  });

  // Come back to by the browser's own button, the page is as it was left.
  addEventListener("pageshow", () => {
    going = false;
  });

  /* ---- By itself: only where it was started, never where motion is not wanted ---- */

  function remember(plays) {
    try {
      if (plays) sessionStorage.setItem(kept, "1");
      else sessionStorage.removeItem(kept);
    } catch {
      // Without storage it stops at the next slide.
    }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(kept) === "1";
    } catch {
      return false;
    }
  }

  function start() {
    play.setAttribute("aria-pressed", "true");
    reel.classList.add("plays");
    remember(true);
    clearTimeout(timer);
    timer = setTimeout(() => {
      // After the last one it is over, and does not begin again on its own.
      if (location.pathname === new URL(reel.dataset.last, location).pathname) remember(false);
      next();
    }, lasts);
  }

  function pause(words) {
    clearTimeout(timer);
    if (play.getAttribute("aria-pressed") !== "true") return;
    play.setAttribute("aria-pressed", "false");
    reel.classList.remove("plays");
    remember(false);
    if (words) said.textContent = words;
  }

  function offer() {
    play.hidden = still.matches || !reel.dataset.next; // behind the last card there is nothing to go on to
    if (play.hidden) pause();
    else if (remembered()) start();
  }

  play.addEventListener("click", () => {
    if (play.getAttribute("aria-pressed") === "true") {
      pause(play.dataset.pause);
    } else {
      start();
      said.textContent = play.dataset.play;
    }
  });
  document.addEventListener("visibilitychange", () => {
    // On the way to the next slide a page is hidden too.
    if (document.hidden && !going) pause(play.dataset.pause);
  });
  still.addEventListener("change", offer);
  offer();

  /* ---- Keys. Whoever uses one goes at their own pace: it does not go on by itself any more. ---- */

  const moreBelow = () => innerHeight + scrollY < document.documentElement.scrollHeight - 2;
  const moreAbove = () => scrollY > 2;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    if (event.key !== "Tab" && event.key !== "Shift" && !play.contains(at)) pause(play.dataset.pause);
    if (at.closest?.(EDITABLE)) return;
    // What a button or the page itself does with a key comes first.
    if (event.key === " " && (at.closest?.(PRESSABLE) || event.shiftKey)) return;
    if ([" ", "PageDown"].includes(event.key) && moreBelow()) return;
    if (event.key === "PageUp" && moreAbove()) return;
    const act = {
      ArrowRight: next,
      " ": next,
      PageDown: next,
      ArrowLeft: () => go(back?.href),
      PageUp: () => go(back?.href),
      Home: () => go(reel.dataset.first),
      End: () => go(reel.dataset.last),
      Escape: () => go(reel.dataset.leave),
    }[event.key];
    if (!act || event.shiftKey) return;
    event.preventDefault();
    if (!event.repeat) act();
  });

  /* ---- Swipes, as one more way ---- */

  let from = null;
  reel.addEventListener(
    "touchstart",
    (event) => {
      const one = event.touches.length === 1 && (visualViewport?.scale ?? 1) <= 1.01;
      from = one ? event.touches[0] : null;
    },
    { passive: true },
  );
  reel.addEventListener("touchend", (event) => {
    if (!from) return;
    const to = event.changedTouches[0];
    const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
    from = null;
    if (Math.abs(x) < SWIPE || Math.abs(x) < 1.5 * Math.abs(y) || !getSelection().isCollapsed) return;
    pause(play.dataset.pause);
    if (x < 0) next();
    else go(back?.href);
  });
}

/* ---- The sheet: a button for who has no Ctrl + P ---- */

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
