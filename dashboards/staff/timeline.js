// The time line of one space: bookings above, how it was really used beneath, releases and offers, and where now is.

import { make, setAttribute, setText } from "../shared/dom.js";
import { isStale } from "./boardfilter.js";
import { now, staleAfter, wallClock, zone } from "../shared/time.js";
import { toLocal } from "../shared/zoned.js";
import { words } from "../shared/words.js";

const HOUR = 3_600_000;
const GRID = 5 * 60_000; // who takes over what was given back begins on the grid, up to so much before
const FIRST = 7; // o'clock; earlier and later only when something is there
const LAST = 22;
const SIGNS = { asked: "?", booked: "", warned: "!", in_use: "●", released: "↺", ended: "✓", cancelled: "×" };
const CROWD = 34; // marks closer than this part of the line would hide each other
const MARKS = { release: "↺", end_early: "↺", reclaim: "↩", extend: "→", overrun: "!", move: "⇄", offer: "◇", offer_taken: "◆", offer_expired: "◇", recall: "×" };

// The hours that are drawn: those in which communities live, and all in which anything was or will be.
export function rangeOf(bounds, rows, at) {
  const times = rows.flatMap((row) => row.bookings.flatMap((one) => [Date.parse(one.start), Date.parse(one.end)]));
  if (at >= bounds.start && at < bounds.end) times.push(at - HOUR / 4, at + HOUR / 4);
  const first = Math.min(bounds.start + FIRST * HOUR, ...times);
  const last = Math.max(bounds.start + LAST * HOUR, ...times);
  const whole = (time, round) => bounds.start + round((time - bounds.start) / HOUR) * HOUR;
  return { start: Math.max(bounds.start, whole(first, Math.floor)), end: Math.min(bounds.end, whole(last, Math.ceil)) };
}

export class TimeLine {
  // `onPick(booking, element)`: somebody wants to know more of it. `onTell(text)`: what is looked at, in words.
  constructor(onPick, onTell) {
    this.onPick = onPick;
    this.onTell = onTell;
    this.row = null;
    this.spells = null;
    this.item = null;
    this.picked = null;
    this.fresh = true;
    this.promises = make("div", { class: "promises" });
    this.marks = make("div", { class: "marks" });
    this.use = make("div", { class: "use" });
    this.nowLine = make("i", { class: "now-line", "aria-hidden": "true", hidden: true });
    this.element = make("div", { class: "line", role: "group" }, this.promises, this.marks, this.use, this.nowLine);
    this.element.addEventListener("keydown", (event) => this.step(event));
    this.element.addEventListener("focusin", (event) => this.tell(event.target));
    this.element.addEventListener("pointerover", (event) => this.tell(event.target));
    this.element.addEventListener("pointerleave", () => this.tell(document.activeElement));
  }

  // `spells` null: not read yet.
  show(row, spells, item, range) {
    const key = `${range.start} ${range.end} ${JSON.stringify(row)}`;
    this.item = item;
    this.spells = spells;
    this.range = range;
    setAttribute(this.element, "aria-label", words("board.line_of", { name: item.name }));
    if (key !== this.drawn) {
      this.drawn = key;
      this.row = row;
      this.keepingFocus(() => this.drawPromises());
    }
    this.drawUse();
    this.frame(this.fresh);
  }

  frame(fresh) {
    this.fresh = fresh;
    if (!this.range) return;
    const at = now();
    const inside = at >= this.range.start && at <= this.range.end;
    this.nowLine.hidden = !inside;
    if (inside) this.nowLine.style.left = `${this.percent(at)}%`;
    const old = !fresh || isStale(this.item, at, staleAfter());
    if (old !== this.old) {
      this.old = old;
      setAttribute(this.element, "data-old", old);
      this.drawUse();
    } else if (this.last) this.stretchLast(at);
  }

  pick(id) {
    this.picked = id;
    for (const block of this.promises.querySelectorAll("[data-booking]")) setAttribute(block, "aria-pressed", block.dataset.booking === id ? "true" : "false");
  }

  drawPromises() {
    const { row, range } = this;
    const open = row.open.map((one) => ({ start: Date.parse(one.start), end: Date.parse(one.end) }));
    const parts = [];
    for (const shut of without(range, open)) parts.push(this.place(make("i", { class: "shut", title: words("board.line_shut"), "aria-hidden": "true" }), shut.start, shut.end));
    for (const [booking, lane, lanes] of inLanes(row.bookings)) parts.push(...this.drawBooking(booking, lane, lanes));
    for (const offer of row.offers) if (offer.state === "held") parts.push(this.drawOffer(offer));
    this.promises.replaceChildren(...parts.filter(Boolean));
    this.marks.replaceChildren(...gathered(row.marks, (range.end - range.start) / CROWD).map((marks) => this.drawMark(marks)).filter(Boolean));
    this.rove();
  }

  drawBooking(booking, lane, lanes) {
    const [start, end, had] = [booking.start, booking.end, booking.had_until].map((one) => Date.parse(one));
    const told = bookingText(booking, this.row.space);
    const part = had < end && had > start; // so far it was theirs
    const attributes = {
      type: "button", class: "block", title: told, "aria-label": told, "aria-pressed": booking.id === this.picked ? "true" : "false", "data-booking": booking.id,
      "data-state": booking.block ? "blocked" : booking.state, "data-elsewhere": booking.space !== this.row.space, "data-given": had <= start, "data-told": told,
    };
    const button = make("button", attributes, make("span", { "aria-hidden": "true" }, `${booking.block ? "×" : SIGNS[booking.state]} ${booking.title}`.trim()));
    button.onclick = () => this.onPick(booking, button);
    button.style.top = `${(lane / lanes) * 100}%`;
    button.style.height = `${100 / lanes}%`;
    button.toggleAttribute("data-thin", lanes > 1);
    const given = part && booking.space === this.row.space ? this.place(make("i", { class: "given", "aria-hidden": "true" }), had, end) : null;
    return [given, this.place(button, start, part ? had : end)];
  }

  drawOffer(offer) {
    const told = words("board.line_offer_held", { group: offer.group, span: span(offer), until: wallClock(offer.expires) });
    const button = make("button", { type: "button", class: "block offer", title: told, "aria-label": told, "data-state": offer.state, "data-told": told }, make("span", { "aria-hidden": "true" }, `◇ ${offer.group}`));
    button.onclick = () => this.onTell(told);
    return this.place(button, Date.parse(offer.start), Date.parse(offer.end));
  }

  // Decisions that would lie upon each other are one mark; it leads to the last of them.
  drawMark(marks) {
    const last = marks.at(-1);
    const told = marks.map((mark) => `${wallClock(mark.at)} ${mark.summary}`).join(" ");
    const sign = marks.length > 1 ? String(marks.length) : (MARKS[last.kind] ?? "·");
    const link = make(
      "a",
      { href: `/decisions?id=${encodeURIComponent(last.id)}`, class: "decided", title: told, "aria-label": told, "data-kind": last.kind, "data-shadow": last.shadow, "data-told": told },
      make("span", { "aria-hidden": "true" }, sign),
    );
    return this.place(link, Date.parse(marks[0].at), Date.parse(marks[0].at));
  }

  // How it was used, until now, or until when it was last heard of.
  drawUse() {
    this.last = null;
    if (!this.range || this.spells === null) {
      setAttribute(this.use, "data-reading", this.range !== undefined && this.item?.state != null);
      return;
    }
    setAttribute(this.use, "data-reading", false);
    const at = now();
    const parts = [];
    const spells = this.spells.filter((one) => one.end >= this.range.start && one.start < this.range.end);
    for (const [index, spell] of spells.entries()) {
      if (spell.occupancy === "vacant") continue;
      const running = index === spells.length - 1 && !this.old && this.isNow(at);
      parts.push(this.drawSpell(spell, running ? at : spell.end, running));
    }
    const heard = spells.at(-1)?.end;
    const dark = this.isNow(at) && this.old && this.item.state ? Math.max(heard ?? 0, Date.parse(this.item.state.as_of)) : null;
    if (dark !== null && dark < at) parts.push(this.drawDark(dark, at));
    this.keepingFocus(() => this.use.replaceChildren(...parts.filter(Boolean)));
    this.rove();
  }

  drawSpell(spell, end, running) {
    const told = spellText(spell, end, running);
    const bar = make("button", { type: "button", class: "spell", title: told, "aria-label": told, "data-state": spell.occupancy, "data-told": told, "data-start": spell.start });
    bar.onclick = () => this.onTell(told);
    if (running) this.last = { bar, spell };
    return this.place(bar, spell.start, end);
  }

  drawDark(from, at) {
    const told = words("board.line_dark", { start: clock(from) });
    return this.place(make("button", { type: "button", class: "spell", title: told, "aria-label": told, "data-state": "silent", "data-told": told }), from, at);
  }

  stretchLast(at) {
    const { bar, spell } = this.last;
    this.place(bar, spell.start, at);
    const told = spellText(spell, at, true);
    if (bar.dataset.told === told) return;
    bar.dataset.told = told;
    bar.title = told;
    setAttribute(bar, "aria-label", told);
  }

  isNow(at) {
    return at >= this.range.start && at <= this.range.end;
  }

  percent(at) {
    return ((at - this.range.start) / (this.range.end - this.range.start)) * 100;
  }

  // Put an element where its time is; null where that is not drawn.
  place(element, start, end) {
    const { range } = this;
    if (end < range.start || start > range.end) return null;
    const left = this.percent(Math.max(start, range.start));
    element.style.left = `${left.toFixed(3)}%`;
    element.style.width = end > start ? `${(this.percent(Math.min(end, range.end)) - left).toFixed(3)}%` : "";
    return element;
  }

  // One stop for the Tab key; the arrows go on from there, in the order of time.
  rove() {
    const stops = this.stops();
    const here = stops.find((one) => one === document.activeElement) ?? stops.find((one) => one.dataset.booking === this.picked && this.picked) ?? stops[0];
    for (const one of stops) one.tabIndex = one === here ? 0 : -1;
  }

  stops() {
    return [...this.element.querySelectorAll("[data-told]")].sort((one, other) => parseFloat(one.style.left) - parseFloat(other.style.left));
  }

  step(event) {
    const stops = this.stops();
    const here = stops.indexOf(document.activeElement);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (to === undefined || here < 0 || !stops[to]) return;
    event.preventDefault();
    for (const one of stops) one.tabIndex = -1;
    stops[to].tabIndex = 0;
    stops[to].focus();
  }

  tell(element) {
    const told = element?.closest?.("[data-told]");
    this.onTell(told && this.element.contains(told) ? told.dataset.told : "");
  }

  keepingFocus(draw) {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const { booking, start, told } = focused?.dataset ?? {};
    draw();
    if (!focused || focused.isConnected) return;
    const same = [...this.element.querySelectorAll("[data-told]")].find((one) => (booking ? one.dataset.booking === booking : start ? one.dataset.start === start : one.dataset.told === told));
    (same ?? this.stops()[0])?.focus({ preventScroll: true });
  }
}

// The hours above the lines.
export function drawHours(range) {
  const hours = [];
  const step = (range.end - range.start) / HOUR > 16 ? 2 : 1;
  for (let at = range.start; at < range.end; at += HOUR * step) {
    const mark = make("span", {}, toLocal(at, zone()).slice(11, 16).replace(":00", ""));
    mark.style.left = `${((at - range.start) / (range.end - range.start)) * 100}%`;
    hours.push(mark);
  }
  return make("div", { class: "hours", "aria-hidden": "true" }, ...hours);
}

export const hoursIn = (range) => Math.round((range.end - range.start) / HOUR);

// Bookings that overlap, as those of a hall's rooms do, lie beneath each other: [booking, lane, of how many].
export function inLanes(bookings) {
  const placed = [];
  let together = [];
  let until = -Infinity;
  const close = () => {
    const lanes = Math.max(1, ...together.map(([, lane]) => lane + 1));
    placed.push(...together.map(([booking, lane]) => [booking, lane, lanes]));
    together = [];
  };
  for (const booking of bookings) {
    const start = Date.parse(booking.start);
    const had = Date.parse(booking.had_until);
    const end = had > start ? had : Date.parse(booking.end);
    if (start >= until) close();
    const busy = new Set(together.filter(([, , ends]) => ends - start > GRID).map(([, lane]) => lane));
    let lane = 0;
    while (busy.has(lane)) lane += 1;
    together.push([booking, lane, end]);
    until = Math.max(until, end);
  }
  close();
  return placed;
}

function gathered(marks, near) {
  const groups = [];
  for (const mark of marks) {
    const group = groups.at(-1);
    if (group && Date.parse(mark.at) - Date.parse(group[0].at) < near) group.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

const span = (one) => words("board.span", { start: wallClock(one.start), end: wallClock(one.end) });
const clock = (at) => toLocal(at, zone()).slice(11, 16);

export function bookingText(booking, space) {
  if (booking.block) return words("board.line_blocked", { span: span(booking), title: booking.title });
  const state = words(`board.state_${booking.state}`);
  const text = words("board.line_booking", { span: span(booking), title: booking.title, group: booking.group, state });
  const given = Date.parse(booking.had_until) < Date.parse(booking.end) && booking.state !== "cancelled" ? words("board.line_given", { at: wallClock(booking.had_until) }) : "";
  return text + given + (booking.space === space ? "" : words("board.line_elsewhere"));
}

function spellText(spell, end, running) {
  const key = `board.line_${spell.occupancy}${running ? "_now" : ""}`;
  const people = spell.people ? words("board.line_people", { n: spell.people }) : "";
  return words(key, { start: clock(spell.start), end: clock(end) }) + people;
}

function without(range, open) {
  const shut = [];
  let at = range.start;
  for (const one of open) {
    if (one.start > at) shut.push({ start: at, end: Math.min(one.start, range.end) });
    at = Math.max(at, one.end);
  }
  if (at < range.end) shut.push({ start: at, end: range.end });
  return shut.filter((one) => one.end > one.start);
}
