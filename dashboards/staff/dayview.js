// The view as a time line: the day of every space, one row each; only the rows near the eye are drawn.

import { make, setAttribute, setText } from "../shared/dom.js";
import { Day } from "./day.js";
import { keyOf } from "./level.js";
import { drawHours, hoursIn, rangeOf, TimeLine } from "./timeline.js";
import { shape } from "../shared/shapes.js";
import { localDay, now, staleAfter } from "../shared/time.js";
import { addDays } from "../shared/zoned.js";
import { isStale } from "./boardfilter.js";
import { words } from "../shared/words.js";

const NEAR = "400px"; // so far outside what is seen a row is drawn, so that scrolling meets it ready
const AGAIN_MS = 60_000; // without the scheduler no decision tells that something was booked

export class DayView {
  // `onOpen(item, from, booking)`.
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.rows = new Map();
    this.shown = [];
    this.linked = true;
    this.day = null;
    this.site = null;
    this.book = null;
    this.told = make("p", { class: "told", "aria-hidden": "true" });
    this.note = make("p", { class: "lead", role: "status" });
    this.date = make("input", { type: "date", "aria-label": words("board.day"), required: true });
    this.back = make("button", { type: "button", "aria-label": words("board.day_before") }, "‹");
    this.on = make("button", { type: "button", "aria-label": words("board.day_after") }, "›");
    this.today = make("button", { type: "button" }, words("board.day_today"));
    this.back.onclick = () => this.choose(addDays(this.book.bounds?.day ?? localDay(), -1));
    this.on.onclick = () => this.choose(addDays(this.book.bounds?.day ?? localDay(), 1));
    this.today.onclick = () => this.choose(null);
    this.date.onchange = () => this.date.value && this.choose(this.date.value);
    const key = make("ul", { class: "key" }, ...["booked", "in_use", "given", "offer", "used", "unknown"].map((name) => make("li", { "data-key": name }, make("i", { "aria-hidden": "true" }), words(`board.key_${name}`))));
    this.hours = make("div", { class: "row head" });
    this.list = make("div", { class: "day-rows" });
    const table = make("div", { class: "day-table" }, this.hours, this.list);
    const head = make("div", { class: "bar day-head" }, make("div", { class: "day-choice" }, make("div", { class: "views" }, this.back, this.date, this.on), this.today), key);
    this.element = make("div", { class: "panel day" }, head, this.note, make("div", { class: "day-scroll", tabindex: "0", role: "region", "aria-label": words("board.view_day") }, table), this.told);
    this.list.addEventListener("keydown", (event) => this.step(event));
    this.near = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: NEAR });
    setInterval(() => this.again(), AGAIN_MS);
  }

  show(items, names, filter) {
    if (filter.site !== this.site) {
      this.site = filter.site;
      this.open();
    }
    const keys = items.map(keyOf);
    for (const item of items) this.rowOf(item).show(item);
    if (keys.join("\n") === this.shown.join("\n")) return;
    this.shown = keys;
    const focused = document.activeElement;
    this.list.replaceChildren(...keys.map((key) => this.rows.get(key).element));
    if (focused !== document.activeElement && this.list.contains(focused)) focused.focus({ preventScroll: true });
    this.layOut();
  }

  change(items) {
    for (const item of items) {
      const row = this.rows.get(keyOf(item));
      if (!row) continue;
      row.show(item);
      if (this.book?.follow(item)) this.drawRow(row);
    }
  }

  frame(linked) {
    this.linked = linked;
    if (this.book?.bounds && this.day === null && now() >= this.book.bounds.end) this.open(); // midnight
    for (const key of this.shown) {
      const row = this.rows.get(key);
      row.frame(linked);
      if (row.near && row.line) row.line.frame(linked);
    }
    setAttribute(this.element, "data-old", !linked);
  }

  // Something was decided: about which spaces, and which booking.
  decided(spaces, booking) {
    if (this.book && this.element.isConnected) this.book.later([...spaces, ...(booking ? this.book.holding(booking) : [])]);
  }

  // What was missed, or may have been, is read again.
  again() {
    if (this.book && this.element.isConnected) this.book.read();
  }

  choose(day) {
    this.day = day === localDay() ? null : day;
    this.open();
  }

  open() {
    this.book?.close();
    this.book = new Day(this.site, this.day, (spaces) => this.changed(spaces));
    this.bookRange = null;
    for (const row of this.rows.values()) row.clear();
    setText(this.note, words("board.loading"));
    this.book.read();
    for (const row of this.rows.values()) if (row.near) this.book.wantUse(row.item.space);
  }

  changed(spaces) {
    setText(this.note, this.book.problem ? words("page.failed", { reason: this.book.problem }) : "");
    if (!this.book.bounds) return;
    this.date.value = this.book.bounds.day;
    this.today.hidden = this.day === null;
    if (spaces === null) return this.layOut();
    const range = rangeOf(this.book.bounds, [...this.book.rows.values()], now());
    if (range.start !== this.bookRange?.start || range.end !== this.bookRange?.end) return this.layOut();
    const some = new Set(spaces);
    for (const key of this.shown) {
      const row = this.rows.get(key);
      if (some.has(row.item.space)) this.drawRow(row);
    }
  }

  layOut() {
    if (!this.book?.bounds) return;
    if (!this.bookRange) this.showNow = true;
    this.bookRange = rangeOf(this.book.bounds, [...this.book.rows.values()], now());
    this.element.style.setProperty("--hours", hoursIn(this.bookRange));
    this.hours.replaceChildren(make("span", { class: "row-name" }), drawHours(this.bookRange));
    for (const key of this.shown) this.drawRow(this.rows.get(key));
    if (this.showNow && this.day === null) this.scrollToNow();
    this.showNow = false;
  }

  // On a narrow screen the day begins a little before now.
  scrollToNow() {
    const place = this.element.querySelector(".day-scroll");
    const { start, end } = this.bookRange;
    requestAnimationFrame(() => {
      const wide = this.hours.lastElementChild.offsetWidth;
      place.scrollLeft = ((now() - start) / (end - start)) * wide - (place.clientWidth - (place.scrollWidth - wide)) / 3;
    });
  }

  drawRow(row) {
    const promised = this.book.rows.get(row.item.space);
    if (!row.near || !promised || !this.bookRange) return;
    row.draw(promised, this.book.uses.get(row.item.space) ?? null, this.bookRange, this.linked);
  }

  seen(entries) {
    for (const entry of entries) {
      const row = this.rows.get(entry.target.dataset.space);
      row.near = entry.isIntersecting;
      if (!row.near) continue;
      this.book.wantUse(row.item.space);
      this.drawRow(row);
    }
  }

  rowOf(item) {
    const key = keyOf(item);
    if (!this.rows.has(key)) {
      const row = new Row(this.onOpen, (text) => setText(this.told, text));
      setAttribute(row.element, "data-space", key);
      this.rows.set(key, row);
      this.near.observe(row.element);
    }
    return this.rows.get(key);
  }

  // Up and down go to the row above and beneath.
  step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest?.(".row");
    if (!by || !row) return;
    const other = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!other) return;
    event.preventDefault();
    const line = event.target.closest(".line");
    const to = (line && other.querySelector(".line [tabindex='0']")) || other.querySelector(".name");
    other.scrollIntoView({ block: "nearest" });
    to.focus({ preventScroll: true });
  }
}

class Row {
  constructor(onOpen, onTell) {
    this.item = null;
    this.near = false;
    this.drawnState = null;
    this.name = make("button", { type: "button", class: "name" });
    this.name.onclick = () => onOpen(this.item, this.name);
    this.mark = make("span", { class: "mark-box" });
    this.word = make("span", { class: "word" });
    this.line = new TimeLine((booking, element) => onOpen(this.item, element, booking.id), onTell);
    this.element = make("div", { class: "row" }, make("span", { class: "row-name" }, this.mark, this.name, this.word), this.line.element);
  }

  show(item) {
    this.item = item;
    setText(this.name, item.name);
    this.frame(this.linked ?? true);
  }

  frame(linked) {
    this.linked = linked;
    const { item } = this;
    const shown = item.state ? item.state.occupancy : "silent";
    setAttribute(this.element, "data-old", Boolean(item.state) && (!linked || isStale(item, now(), staleAfter())));
    if (shown === this.drawnState) return;
    this.drawnState = shown;
    this.mark.replaceChildren(shape(shown));
    setText(this.word, words(`board.${shown}`));
    setAttribute(this.element, "data-state", shown);
  }

  draw(promised, spells, range, linked) {
    this.line.fresh = linked;
    this.line.show(promised, spells, this.item, range);
  }

  clear() {
    this.line.promises.replaceChildren();
    this.line.marks.replaceChildren();
    this.line.use.replaceChildren();
    this.line.drawn = "";
  }
}

