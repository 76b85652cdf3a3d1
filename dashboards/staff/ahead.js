// What the board asks the server at once: the answers come while the board is being built.

import { get } from "../shared/http.js";
import { Stream } from "../shared/stream.js";
import { setClock } from "../shared/time.js";
import { loadWords } from "../shared/words.js";

export const FEED = 60; // decisions that are kept

// What the clock says; null: the browser's own clock carries on, and the connection mark tells that the server is away.
export async function readClock() {
  try {
    const told = await get("/clock");
    setClock(told);
    return told;
  } catch {
    return null;
  }
}

// Everything at once; each answer is used as soon as it is there.
export function askLevel(time = readClock()) {
  const asked = { clock: time, spaces: get("/spaces"), decisions: get(`/decisions?limit=${FEED}`), alerts: get("/alerts") };
  for (const one of Object.values(asked)) one.catch(() => {}); // whoever waits for it hears of it
  return asked;
}

// The clock says where the stream stands; the level is read after that, and the stream goes on from there: nothing can
// fall between the two, and neither waits for the other. What comes before the board can draw waits here.
function follow() {
  const waiting = [];
  let board = null;
  const tell = (name, ...all) => (board ? board[name](...all) : waiting.push([name, all]));
  const stream = new Stream({
    event: (name, data) => tell("take", name, data),
    resync: () => tell("readLevel", askLevel()),
    link: (up) => tell("link", up),
    refused: () => get("/session").catch(() => {}), // a session that is over leads to the sign-in page
  });
  clock.then((told) => {
    stream.last = told?.event ?? null; // without it the level is read when the stream is open
    if (told) tell("readLevel", askLevel(clock));
    stream.open();
  });
  return (ready) => {
    board = ready;
    for (const [name, all] of waiting.splice(0)) board[name](...all);
  };
}

export const spoken = loadWords(); // from here on the language is known
export const session = get("/session");
export const clock = readClock();
export const handOver = follow();
for (const one of [spoken, session]) one.catch(() => {}); // the board waits for both, and hears of it
