// The staff board: opens the stream, then reads the level, then applies what the stream says.

import { Account } from "./account.js";
import { Alerts } from "./alerts.js";
import { Dialog } from "./dialog.js";
import { byId, setAttribute, setText } from "../shared/dom.js";
import { Feed } from "./feed.js";
import { get } from "../shared/http.js";
import { mayAct, Nav } from "./nav.js";
import { Spaces } from "./spaces.js";
import { Stream } from "../shared/stream.js";
import { clockFace, duration, now, setClock, speed } from "../shared/time.js";
import { language, loadWords, words } from "../shared/words.js";

const FRAME_MS = 250; // a countdown on a fast clock must not look stuck
const CLOCK_MS = 30_000;
const RETRY_MS = 2_000;

class Board {
  constructor(who) {
    const acting = mayAct(who);
    const nav = new Nav(byId("nav"), who);
    this.dialog = new Dialog(byId("dialog"), acting);
    this.spaces = new Spaces(byId("spaces"), byId("tallies"), (space, names) => this.dialog.showSpace(space, names));
    this.feed = new Feed(byId("decisions"), acting, (decision, how) => this.dialog.ask(decision, how));
    this.alerts = new Alerts(byId("alerts"), (standing) => nav.show(standing));
    this.account = new Account(byId("account"), byId("quarantine"), acting);
    this.linked = false;
    this.level = null; // what arrives while the level is being read waits in `early`
    this.early = [];
    this.heardAt = null; // community time at which the link was last known to be good
  }

  start() {
    this.stream = new Stream({
      event: (name, data) => this.take(name, data),
      resync: () => this.readLevel(),
      link: (up) => this.link(up),
      refused: () => get("/session").catch(() => {}), // a session that is over leads to the sign-in page
    });
    this.stream.open();
    setInterval(() => this.frame(), FRAME_MS);
    setInterval(() => readClock(), CLOCK_MS);
    this.frame();
  }

  take(name, data) {
    if (this.level !== "read") {
      this.early.push([name, data]);
      return;
    }
    if (name === "space_state") {
      this.spaces.put(data);
      this.dialog.refresh(data);
    } else if (name === "decision") this.feed.put(data);
    else this.alerts.put(data);
  }

  async readLevel() {
    const reading = Symbol("reading"); // a newer reading makes an older one void
    this.level = reading;
    this.early = [];
    try {
      const [, spaces, decisions, alerts] = await Promise.all([
        readClock(),
        get("/spaces"),
        get("/decisions?limit=60"),
        get("/alerts"),
      ]);
      if (this.level !== reading) return;
      this.spaces.replace(spaces.items);
      this.feed.replace(decisions.items);
      this.alerts.replace(alerts.items);
      this.level = "read";
      for (const [name, data] of this.early.splice(0)) this.take(name, data);
      this.frame();
    } catch {
      if (this.level === reading) setTimeout(() => this.level === reading && this.readLevel(), RETRY_MS);
    }
  }

  link(up) {
    if (!up && this.linked) this.heardAt = now();
    this.linked = up;
    this.frame();
  }

  frame() {
    if (now() === null) return;
    const face = clockFace(language());
    setText(byId("clock"), face.time);
    setText(byId("date"), face.date + (speed() > 1 ? `\u00a0· ${words("board.speed", { n: Math.round(speed()) })}` : ""));
    const stale = this.spaces.frame(this.linked);
    this.feed.frame();
    this.dialog.frame();
    this.showLink(stale);
  }

  showLink(stale) {
    const link = byId("link");
    const fresh = this.linked && this.level === "read";
    const state = !fresh ? (this.heardAt === null ? "connecting" : "reconnecting") : stale > 0 ? "stale" : "live";
    const age = state === "reconnecting" ? duration(now() - this.heardAt) : "";
    setAttribute(link, "data-link", state);
    setAttribute(document.body, "data-link", state);
    setText(link, words(`board.${state}`, { age, n: stale }));
  }
}

async function readClock() {
  try {
    const answer = await get("/clock");
    setClock(answer);
    setText(byId("site"), answer.site || words("page.title"));
  } catch {
    // the browser's own clock carries on; the connection mark tells that the server is away
  }
}

try {
  await loadWords();
  const who = await get("/session");
  await readClock();
  new Board(who).start();
} catch (problem) {
  if (problem.status !== 401) byId("link").textContent = words("page.browser_old", { reason: problem.message });
}
