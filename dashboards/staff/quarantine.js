// The quarantine as a workbench: how many of which sort, what they are, and another chance after a fix.

import { byId, make, setText } from "../shared/dom.js";
import { get, post } from "../shared/http.js";
import { drawMessage } from "./message.js";
import { open } from "./page.js";
import { duration, now } from "../shared/time.js";
import { words } from "../shared/words.js";

const PAGE = 50;
const NEARLY_FULL = 0.8;

let kind = ""; // the sort that is shown; empty: all of them
let after = null;
const TOLD = 4; // sentences about one replay
let newest = null; // what the list was read for; a change of it means reading anew
let rows = new Map();

async function read() {
  const summary = await get("/quarantine/summary");
  if (kind && !summary.by_kind.some((one) => one.kind === kind)) kind = "";
  drawSorts(summary);
  const seen = JSON.stringify([kind, summary]);
  if (seen === newest) return;
  newest = seen;
  // Whoever has gone on to older messages is not thrown back to the top by a new one.
  if (rows.size <= PAGE) await first();
}

async function first() {
  const asked = kind;
  const page = await get(`/quarantine?limit=${PAGE}${kindParameter()}`);
  if (asked !== kind) return; // another sort was chosen meanwhile
  const fresh = new Map(page.items.map((item) => [item.id, rows.get(item.id) ?? drawMessage(item, replayOne)]));
  const same = [...fresh.keys()].join() === [...rows.keys()].join();
  rows = fresh;
  if (!same) byId("list").replaceChildren(...fresh.values());
  turned(page);
}

async function more() {
  const asked = kind;
  const page = await get(`/quarantine?limit=${PAGE}&after=${after}${kindParameter()}`);
  if (asked !== kind) return;
  for (const item of page.items) {
    const row = drawMessage(item, replayOne);
    rows.set(item.id, row);
    byId("list").append(row);
  }
  turned(page);
}

function turned(page) {
  after = page.next;
  byId("more").hidden = after === null;
  byId("none").hidden = rows.size > 0;
}

function forget(ids) {
  for (const id of ids) {
    rows.get(id)?.remove();
    rows.delete(id);
  }
  newest = null;
}

const kindParameter = () => (kind ? `&kind=${encodeURIComponent(kind)}` : "");

function drawSorts(summary) {
  const sorts = [{ kind: "", fault: words("board.quarantine_all"), count: summary.total }, ...summary.by_kind];
  const focused = document.activeElement?.dataset?.kind;
  const buttons = sorts.map((sort) => {
    const button = make(
      "button",
      { type: "button", "data-kind": sort.kind, "aria-pressed": String(sort.kind === kind) },
      make("span", {}, sort.fault),
      make("b", {}, String(sort.count)),
      sort.last_at ? make("time", { datetime: sort.last_at }, agoText(sort.last_at)) : null,
    );
    button.onclick = () => choose(sort.kind);
    return button;
  });
  byId("sorts").replaceChildren(...buttons);
  if (focused !== undefined) buttons.find((button) => button.dataset.kind === focused)?.focus();
  const chosen = sorts.find((sort) => sort.kind === kind);
  byId("replay").hidden = !kind;
  setText(byId("replay"), words("board.quarantine_replay_all", { n: chosen.count, fault: chosen.fault }));
  const link = byId("export");
  link.hidden = summary.total === 0;
  link.href = `/api/v1/quarantine/export${kind ? `?kind=${encodeURIComponent(kind)}` : ""}`;
  const { rows: held, limit } = summary.bounded;
  byId("bound").toggleAttribute("data-wrong", held >= limit * NEARLY_FULL);
  setText(byId("bound"), words("board.quarantine_bound", { n: held, limit }));
}

const agoText = (instant) => words("board.device_ago", { duration: duration(now() - Date.parse(instant)) });

async function choose(chosen) {
  kind = chosen;
  forget([...rows.keys()]);
  await attempt(read);
}

const replayOne = (item) => replay({ ids: [item.id] }, () => [item.id]);
const replaySort = () => replay({ kind }, () => [...rows.keys()]);

// `gone` tells the rows to take away afterwards; what is still not understood comes back with the next reading.
async function replay(which, gone) {
  await attempt(async () => {
    const answer = await post("/quarantine/replay", which);
    forget(gone());
    await read();
    const kept = answer.failed.map((one) => one.reason);
    const said = [words("board.quarantine_replayed", { n: answer.replayed }), ...new Set(kept)];
    tell(said.slice(0, TOLD).join(" "), kept.length > 0);
  });
}

async function attempt(work) {
  tell("", false);
  try {
    await work();
  } catch (problem) {
    tell(words("board.act_failed", { reason: problem.message }), true);
  }
}

function tell(sentence, wrong) {
  byId("answer").toggleAttribute("data-wrong", wrong);
  setText(byId("answer"), sentence);
}

byId("more").onclick = () => attempt(more);
byId("replay").onclick = async () => {
  byId("replay").disabled = true;
  await replaySort();
  byId("replay").disabled = false;
};
await open("board.quarantine", read);
