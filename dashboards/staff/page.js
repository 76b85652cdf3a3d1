// What every page beside the board does first and keeps doing: words, session, the community's clock, alerts.

import { byId } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { Nav } from "./nav.js";
import { setClock } from "../shared/time.js";
import { loadWords, words } from "../shared/words.js";

const EVERY_MS = 10_000;

// Return who is signed in, when words and clock are there. `read` is called now and every few seconds.
export async function open(title, read) {
  await loadWords();
  document.title = `${words(title)} · ${words("page.title")}`;
  try {
    const who = await get("/session");
    const nav = new Nav(byId("nav"), who);
    const again = async () => {
      try {
        const [clock, alerts] = await Promise.all([get("/clock"), get("/alerts")]);
        setClock(clock);
        nav.show(alerts.items);
        await read(who);
        say("");
      } catch (problem) {
        say(words("page.failed", { reason: problem.message }));
      } finally {
        setTimeout(again, EVERY_MS);
      }
    };
    await again();
  } catch (problem) {
    say(words("page.browser_old", { reason: problem.message }));
  }
}

// Whether the page could be read, for everybody; each action answers where it was started.
function say(sentence) {
  const note = byId("trouble");
  note.hidden = !sentence;
  if (note.textContent !== sentence) note.textContent = sentence;
}
