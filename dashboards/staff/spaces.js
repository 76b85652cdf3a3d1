// The view of tiles: the spaces that are looked at, grouped as the community file says.

import { make } from "../shared/dom.js";
import { keyOf } from "./level.js";
import { Tile } from "./tile.js";
import { words } from "../shared/words.js";

const FIRST = 24; // tiles at once, which is what a screen holds; the others follow when these are seen
const STEP = 3; // … each time so many times as many

export class Spaces {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.most = FIRST;
    this.tiles = new Map(); // also of spaces that are not shown now: they may come back with the next choice
    this.shown = [];
    this.element = make("div", { class: "spaces" });
  }

  // `names`: site/space → what people call it. Return whether there are more to be shown: then it is to be called again.
  show(all, names) {
    const items = all.slice(0, this.most);
    const more = all.length > items.length;
    if (more) this.most *= STEP;
    this.draw(items, names);
    return more;
  }

  draw(items, names) {
    const keys = items.map(keyOf);
    const groups = new Map();
    for (const item of items) {
      const tile = this.tileOf(item);
      tile.names = names;
      tile.show(item);
      const group = item.group || words("board.other_spaces");
      groups.set(group, [...(groups.get(group) ?? []), tile]);
    }
    if (keys.join("\n") === this.shown.join("\n")) return;
    this.shown = keys;
    // Putting an element elsewhere takes its focus away, so it is given back.
    const focused = document.activeElement;
    this.element.replaceChildren(...[...groups].map(([name, members], index) => section(name, members, index)));
    if (focused !== document.activeElement && this.element.contains(focused)) focused.focus({ preventScroll: true });
  }

  change(items) {
    for (const item of items) this.tiles.get(keyOf(item))?.show(item);
  }

  frame(linked) {
    for (const key of this.shown) this.tiles.get(key).frame(linked);
  }

  tileOf(item) {
    const key = keyOf(item);
    if (!this.tiles.has(key)) this.tiles.set(key, new Tile((opened, from) => this.onOpen(opened, from)));
    return this.tiles.get(key);
  }
}

function section(name, tiles, index) {
  const small = tiles.every((tile) => tile.item.capacity <= 2);
  const heading = make("h2", { id: `group-${index}` }, name);
  const grid = make("div", { class: small ? "tiles small" : "tiles" }, ...tiles.map((tile) => tile.element));
  const element = make("section", { "aria-labelledby": heading.id }, heading, grid);
  element.style.setProperty("--tiles", Math.min(8, small ? tiles.length / 2 : tiles.length)); // groups share a row by their size
  return element;
}
