import { LIVE_HEADER } from "../requests.js";

/** From one look to the next; milliseconds. */
const PERIOD_MS = 2_000;
const DEADLINE_MS = 10_000;

/**
 * Keeps a page up to date: fetches the same address again and exchanges the sections that are another now. What is refused now is loaded anew, so that
 * nothing stays on the screen that may not be seen any more. It makes no markup, asks nobody else, and rests while the page is hidden, a text in it is being selected, or somebody has paused it. Without it the tables are the same, once.
 */
export const SCRIPT = `"use strict";
{
  const state = document.getElementById("live");
  const main = document.querySelector("main");
  const button = document.createElement("button");
  let tag = main.dataset.tag;
  let isPaused = false;
  button.type = "button";
  button.textContent = "Pause";
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? "Go on" : "Pause";
    state.textContent = isPaused ? "Paused. " : "Live. ";
  });
  state.textContent = "Live. ";
  state.after(button);

  const isSelected = (section) => {
    const selection = getSelection();
    return !selection.isCollapsed && section.contains(selection.anchorNode);
  };
  const exchange = (section, next) => {
    const focus = section.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    section.replaceWith(next);
    if (focus !== null) [...next.querySelectorAll("a")].find((link) => link.getAttribute("href") === focus)?.focus();
  };
  const update = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const ids = (page) => [...page.querySelectorAll("section[id]")].map(({ id }) => id).join();
    if (ids(next) !== ids(main)) return location.reload();
    let isWhole = true;
    for (const section of [...main.querySelectorAll("section[id]")]) {
      const fresh = next.querySelector("#" + section.id);
      if (fresh.outerHTML === section.outerHTML) continue;
      if (isSelected(section)) isWhole = false;
      else exchange(section, document.importNode(fresh, true));
    }
    if (isWhole) tag = next.dataset.tag;
  };
  const look = async () => {
    const headers = { accept: "text/html", "if-none-match": tag, "${LIVE_HEADER}": "1" };
    const options = { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(${DEADLINE_MS}) };
    const answer = await fetch(location.href, options);
    if (answer.status >= 400 && answer.status < 500) return location.reload();
    if (answer.status !== 304 && !answer.ok) throw new Error(answer.statusText);
    if (answer.status !== 304) update(await answer.text());
    if (isPaused) return;
    document.getElementById("time").textContent = new Date(answer.headers.get("date")).toISOString().slice(0, 19).replace("T", " ");
    state.textContent = "Live. ";
  };
  const repeat = async () => {
    try {
      if (!isPaused && !document.hidden) await look();
    } catch {
      state.textContent = "The plane does not answer; trying again. ";
    }
    setTimeout(repeat, ${PERIOD_MS});
  };
  setTimeout(repeat, ${PERIOD_MS});
}
`;
