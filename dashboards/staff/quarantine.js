// The quarantine: messages that could not be understood, page by page.

import { byId, make } from "./dom.js";
import { get } from "./http.js";
import { loadWords, words } from "./words.js";

let after = null;

async function more() {
  const note = byId("note");
  try {
    const page = await get(`/quarantine?limit=50${after === null ? "" : `&after=${after}`}`);
    const rows = page.items.map((item) =>
      make(
        "tr",
        {},
        make("td", {}, String(item.id)),
        make("td", {}, make("time", { datetime: item.at }, item.at.slice(0, 19).replace("T", " "))),
        make("td", {}, make("code", {}, item.topic)),
        make("td", {}, make("b", {}, item.fault), make("p", {}, item.reason)),
        make("td", {}, make("code", { class: "raw" }, item.raw)),
      ),
    );
    byId("rows").append(...rows);
    byId("table").hidden = !byId("rows").childElementCount;
    note.textContent = byId("table").hidden ? words("board.quarantine_none") : "";
    after = page.next;
    byId("more").hidden = after === null;
  } catch (problem) {
    note.textContent = words("board.failed", { reason: problem.message });
  }
}

await loadWords();
byId("more").onclick = more;
await more();
