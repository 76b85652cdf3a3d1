// A day of some spaces: what is promised and decided, read when it may have changed, and how they are used, as it goes on.

import { get } from "../shared/http.js";

const PATIENCE_MS = 700; // decisions come in swarms; one reading serves them all
const AT_ONCE = 40; // spaces whose use is asked for together
const RETRY_MS = 5_000;

export class Day {
  // `onChange(spaces)` hears which spaces have other rows now; null: all of them. `spaces`: only these are of interest.
  constructor(site, day, onChange, spaces = null) {
    this.site = site;
    this.day = day; // null: today
    this.onChange = onChange;
    this.only = spaces;
    this.rows = new Map();
    this.uses = new Map(); // space → spells with start and end in milliseconds
    this.problem = null;
    this.bounds = null;
    this.waiting = new Set();
    this.wanted = new Set();
    this.closed = false;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.useTimer);
  }

  // Read all rows. What is read already stays until the answer is there.
  async read(spaces = this.only) {
    const asked = spaces ? [...spaces].map((space) => `&space=${encodeURIComponent(space)}`).join("") : "";
    const day = this.day ? `&day=${this.day}` : "";
    try {
      const answer = await get(`/day?site=${encodeURIComponent(this.site)}${day}${asked}`);
      if (this.closed) return;
      this.bounds = { start: Date.parse(answer.start), end: Date.parse(answer.end), day: answer.day };
      this.problem = null;
      for (const row of answer.items) this.rows.set(row.space, row);
      this.onChange(spaces);
    } catch (problem) {
      if (this.closed) return;
      this.problem = problem.message;
      this.onChange(spaces);
      if (problem.status === 0 || problem.status >= 500) this.later(spaces ?? this.rows.keys(), RETRY_MS);
    }
  }

  // Something was decided about these spaces: read their rows again, soon.
  later(spaces, patience = PATIENCE_MS) {
    for (const space of spaces) if (!this.only || this.only.includes(space)) this.waiting.add(space);
    if (!this.waiting.size || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      const asked = [...this.waiting];
      this.waiting.clear();
      if (!this.closed) this.read(asked.length > AT_ONCE ? this.only : asked);
    }, patience);
  }

  // The spaces in whose rows a booking stands.
  holding(booking) {
    return [...this.rows.values()].filter((row) => row.bookings.some((one) => one.id === booking)).map((row) => row.space);
  }

  // Ask how a space was used, once; many that ask together are answered together.
  wantUse(space) {
    if (this.uses.has(space) || this.wanted.has(space)) return;
    this.wanted.add(space);
    this.useTimer ??= setTimeout(() => this.readUse(), 60);
  }

  async readUse() {
    this.useTimer = null;
    const asked = [...this.wanted].filter((space) => !this.uses.has(space)).slice(0, AT_ONCE);
    if (!asked.length) return;
    const day = this.day ? `&day=${this.day}` : "";
    try {
      const path = `/day/use?site=${encodeURIComponent(this.site)}${day}${asked.map((space) => `&space=${encodeURIComponent(space)}`).join("")}`;
      const answer = await get(path);
      if (this.closed) return;
      for (const { space, spells } of answer.items) {
        this.uses.set(space, spells.map((one) => ({ ...one, start: Date.parse(one.start), end: Date.parse(one.end) })));
        this.wanted.delete(space);
      }
      this.onChange(asked);
      if (this.wanted.size) this.readUse();
    } catch {
      // The bookings are there; how the space was used comes with the next try.
      if (!this.closed) this.useTimer = setTimeout(() => this.readUse(), RETRY_MS);
    }
  }

  // A new state of a space carries its use on; true: it is drawn otherwise now.
  follow(item) {
    const spells = this.uses.get(item.space);
    if (!spells || !item.state || !this.isToday(Date.parse(item.state.as_of))) return false;
    return carryOn(spells, item.state, this.bounds.start);
  }

  isToday(at) {
    return this.bounds !== null && at >= this.bounds.start && at < this.bounds.end;
  }
}

// Carry spells on with a room state; exported for its tests.
export function carryOn(spells, state, dayStart) {
  const since = Math.max(Date.parse(state.since), dayStart);
  const until = Date.parse(state.as_of);
  const last = spells.at(-1);
  if (last && until <= last.start) return false;
  if (last && last.occupancy === state.occupancy && since <= last.end) {
    const grown = last.end < until;
    last.end = Math.max(last.end, until);
    last.people = Math.max(last.people ?? 0, state.people ?? 0) || null;
    return grown;
  }
  // What was believed before ends where this began, and not before its own beginning.
  const start = last ? Math.max(since, last.start) : since;
  if (last && last.end !== start && last.end > start) last.end = start;
  spells.push({ start, end: Math.max(start, until), occupancy: state.occupancy, people: state.people });
  return true;
}
