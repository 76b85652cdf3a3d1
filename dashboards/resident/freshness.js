// A page that reads itself again every few seconds, and says how old it is when nobody answers.

import { byId, setText } from "../shared/dom.js";
import { duration } from "../shared/time.js";
import { words } from "../shared/words.js";

const EVERY_MS = 15_000;
const OLD_MS = 40_000;

// From now on `page.again()` is called every few seconds while somebody looks, and `page.mark()` each second.
export function keepFresh(page) {
  addEventListener("visibilitychange", () => document.hidden || page.again());
  setInterval(() => page.mark(), 1_000);
  const loop = async () => {
    if (!document.hidden) await page.again();
    setTimeout(loop, EVERY_MS);
  };
  setTimeout(loop, EVERY_MS);
}

// `readAt`: when the page was read last, by performance.now(); null: not yet.
export function showAge(readAt) {
  const age = readAt === null ? 0 : performance.now() - readAt;
  byId("stale").hidden = age < OLD_MS;
  if (age >= OLD_MS) setText(byId("stale"), words("resident.stale", { age: duration(age) }));
  document.body.toggleAttribute("data-stale", age >= OLD_MS);
}
