// Asks the server every few seconds, keeps the last answer also over a reload, and knows how old it is.

import { now, setClock } from "../shared/time.js";
import { main } from "./speech.js";

const EVERY_MS = 4_000;
const AGAIN_MS = 2_000; // after a failure; longer and longer
const SELDOM_MS = 15_000;
const PATIENCE_MS = 8_000;
const SILENT_MS = 12_000; // without an answer for so long it counts as lost, whatever the network says
const LOST_AFTER = 2; // one failure may be a hiccup, two are not

// `on.show(answer)` when there is something new, `on.link()` when it is lost or back, `on.refused(sentence)` when there
// is no such screen.
export class Feed {
  constructor(path, on) {
    this.path = path;
    this.on = on;
    this.answer = null;
    this.etag = null;
    this.failures = 0;
    this.heard = null; // community's time of the last answer; null: never, or nobody can tell how long ago
    this.at = null; // the same as the server wrote it
    this.met = -Infinity; // when that was on the browser's steady clock
    this.lost = false;
    this.timer = 0;
    this.asking = false;
    this.version = null;
    this.onversion = () => {};
  }

  start() {
    this.restore();
    addEventListener("online", () => this.soon());
    addEventListener("offline", () => this.fail(LOST_AFTER));
    document.addEventListener("visibilitychange", () => document.hidden || this.soon());
    setInterval(() => this.look(), 1_000);
    this.ask();
  }

  // How long ago the server was heard, by the community's clock; null: nobody can tell.
  age() {
    return this.heard === null ? null : Math.max(0, now() - this.heard);
  }

  soon() {
    clearTimeout(this.timer);
    this.ask();
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    clearTimeout(this.timer);
    const giveUp = new AbortController();
    const patience = setTimeout(() => giveUp.abort(), PATIENCE_MS);
    try {
      const headers = this.etag === null ? {} : { "If-None-Match": this.etag };
      const answer = await fetch(`/api/v1/public/screens/${this.path}?lang=${main}`, { headers, cache: "no-store", signal: giveUp.signal });
      if (answer.status === 304) this.hear(answer.headers.get("X-Clock"), null);
      else if (answer.ok) {
        const told = await answer.json();
        this.etag = answer.headers.get("ETag");
        this.hear(told.at, told);
      } else if (answer.status === 404) {
        const problem = await answer.json().catch(() => ({}));
        this.on.refused(problem.detail ?? "404");
        this.fail(0);
      } else throw new Error(`HTTP ${answer.status}`);
    } catch {
      this.fail(1);
    } finally {
      clearTimeout(patience);
      this.asking = false;
      const wait = this.failures ? Math.min(AGAIN_MS * this.failures, SELDOM_MS) : EVERY_MS;
      this.timer = setTimeout(() => this.ask(), wait * (0.9 + Math.random() / 5)); // not all screens at once
    }
  }

  hear(at, told) {
    this.failures = 0;
    this.met = performance.now();
    if (told !== null) this.answer = told;
    this.at = at;
    this.heard = Date.parse(at);
    this.tick(at);
    this.keep(at);
    if (told !== null) {
      this.on.show(told);
      this.onversion(told.version);
    }
    this.look();
  }

  fail(by) {
    this.failures += by;
    this.look();
  }

  look() {
    const lost = this.failures >= LOST_AFTER || (this.answer !== null && performance.now() - this.met > SILENT_MS);
    if (lost !== this.lost) {
      this.lost = lost;
      this.on.link();
    }
  }

  tick(at) {
    setClock({ now: at, speed: this.answer.speed, stale_after_s: 0, zone: this.answer.zone });
  }

  // The last answer outlives a reload and a power cut. How old it is then only this device's clock can tell.
  keep(at) {
    try {
      localStorage.setItem(this.key(), JSON.stringify({ answer: this.answer, at, kept: Date.now() }));
    } catch {
      // without storage a reload without a network shows that nothing is known
    }
  }

  restore() {
    try {
      const { answer, at, kept } = JSON.parse(localStorage.getItem(this.key()));
      const since = Date.now() - kept;
      this.answer = answer;
      this.at = at;
      const known = since >= 0; // a clock that was set back, or lost its battery, tells nothing
      this.heard = known ? Date.parse(at) : null;
      this.tick(new Date(Date.parse(at) + Math.max(0, since) * answer.speed).toISOString());
      this.failures = LOST_AFTER; // old until the server says otherwise
      this.lost = true;
      this.on.show(answer);
      this.on.link();
    } catch {
      this.answer = null; // nothing was kept, or by another version
    }
  }

  key() {
    return `foldspace.screen.${this.path}`;
  }
}
