// The view as a list: one line a space, for those who look for something among many.

import { make, setAttribute, setText } from "../shared/dom.js";
import { isStale, troublesOf } from "./boardfilter.js";
import { keyOf } from "./level.js";
import { shape } from "../shared/shapes.js";
import { dayClock, duration, now, staleAfter, wallClock } from "../shared/time.js";
import { factsOf } from "./tile.js";
import { language, words } from "../shared/words.js";

const COLUMNS = ["space", "state", "people", "now", "next", "trouble"];

export class SpaceList {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.rows = new Map();
    this.shown = [];
    // Not a <table>: one row that changes would have all two hundred laid out anew.
    this.body = make("div", { role: "rowgroup" });
    const head = make("div", { role: "row", class: "space-row head" }, ...COLUMNS.map((name) => make("span", { role: "columnheader" }, words(`board.column_${name}`))));
    const table = make("div", { class: "space-list", role: "table", "aria-label": words("board.view_list") }, make("div", { role: "rowgroup" }, head), this.body);
    this.element = make("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": words("board.view_list") }, table);
  }

  show(items) {
    const keys = items.map(keyOf);
    for (const item of items) this.rowOf(item).show(item);
    if (keys.join("\n") === this.shown.join("\n")) return;
    this.shown = keys;
    const focused = document.activeElement;
    this.body.replaceChildren(...keys.map((key) => this.rows.get(key).element));
    if (focused !== document.activeElement && this.element.contains(focused)) focused.focus({ preventScroll: true });
  }

  change(items) {
    for (const item of items) this.rows.get(keyOf(item))?.show(item);
  }

  frame(linked) {
    for (const key of this.shown) this.rows.get(key).frame(linked);
  }

  rowOf(item) {
    const key = keyOf(item);
    if (!this.rows.has(key)) this.rows.set(key, new Row((opened, from) => this.onOpen(opened, from)));
    return this.rows.get(key);
  }
}

class Row {
  constructor(onOpen) {
    this.item = null;
    this.linked = true;
    this.drawn = null;
    this.name = make("button", { type: "button", class: "name" });
    this.name.onclick = () => onOpen(this.item, this.name);
    this.place = make("span", { class: "place-of" });
    this.mark = make("span", { class: "mark-box" });
    this.word = make("strong", { class: "word" });
    this.since = make("span", { class: "since" });
    [this.people, this.nowCell, this.nextCell, this.trouble] = Array.from({ length: 4 }, () => make("span", { role: "cell" }));
    this.element = make(
      "div",
      { role: "row", class: "space-row" },
      make("span", { role: "rowheader" }, this.name, this.place),
      make("span", { role: "cell", class: "state" }, this.mark, this.word, this.since),
      this.people,
      this.nowCell,
      this.nextCell,
      this.trouble,
    );
  }

  show(item) {
    if (this.item === item) return;
    this.item = item;
    setText(this.name, item.name);
    setText(this.place, item.group);
    setAttribute(this.element, "data-space", keyOf(item));
    const people = item.state?.people;
    setText(this.people, people == null ? words("board.capacity", item) : words("board.people", { n: people, capacity: item.capacity }));
    setText(this.nowCell, item.now ? words("board.list_now", { title: item.now.title, group: item.now.group, end: wallClock(item.now.end) }) : "");
    setText(this.nextCell, item.next ? `${dayClock(item.next.start, language())} ${item.next.title}` : "");
    this.frame(this.linked);
  }

  frame(linked) {
    this.linked = linked;
    const { item } = this;
    const at = now();
    const stale = isStale(item, at, staleAfter());
    const shown = item.state ? item.state.occupancy : "silent";
    if (shown !== this.drawn) {
      this.drawn = shown;
      this.mark.replaceChildren(shape(shown));
      setText(this.word, words(`board.${shown}`));
      setAttribute(this.element, "data-state", shown);
    }
    const old = Boolean(item.state) && (stale || !linked);
    setAttribute(this.element, "data-old", old);
    const age = item.state ? at - Date.parse(item.state.as_of) : 0;
    setText(this.since, !item.state ? "" : old ? words("board.old", { age: duration(age) }) : words("board.since", { duration: duration(at - Date.parse(item.state.since)) }));
    const troubles = troublesOf(item, at, staleAfter()).filter((name) => name !== "silent" && name !== "unknown");
    const told = [...troubles.map((name) => words(`board.trouble_${name}`)), ...factsOf(item).filter(([kind]) => kind === "charging" || kind === "door").map(([, text]) => text)];
    setText(this.trouble, told.join(words("board.list_comma")));
    setAttribute(this.trouble, "class", troubles.length ? "trouble" : null);
  }
}

