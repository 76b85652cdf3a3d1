// All spaces, grouped as the community file says, and how many are in which state.

import { make, setText } from "../shared/dom.js";
import { shape } from "../shared/shapes.js";
import { Tile } from "./tile.js";
import { words } from "../shared/words.js";

const COUNTED = ["occupied", "vacant", "unknown"];

export class Spaces {
  constructor(container, tallies, onOpen) {
    this.container = container;
    this.onOpen = onOpen;
    this.tiles = new Map();
    this.names = new Map();
    this.counts = new Map();
    for (const state of COUNTED) {
      const number = make("span");
      tallies.append(make("span", { class: "tally", "data-state": state }, shape(state), number));
      this.counts.set(state, number);
    }
  }

  replace(items) {
    const names = new Map(items.map((item) => [keyOf(item), item.name]));
    this.names = names;
    const groups = new Map();
    const tiles = new Map();
    for (const item of items) {
      const tile = this.tiles.get(keyOf(item)) ?? new Tile((opened) => this.onOpen(opened, this.names));
      tile.names = names;
      tile.show(item);
      tiles.set(keyOf(item), tile);
      const group = item.group || words("board.other_spaces");
      groups.set(group, [...(groups.get(group) ?? []), tile]);
    }
    this.tiles = tiles;
    this.container.replaceChildren(...[...groups].map(([name, members], index) => section(name, members, index)));
  }

  put(item) {
    const tile = this.tiles.get(keyOf(item));
    if (!tile) return;
    // A resumed stream may repeat what the level already told.
    if (item.state && tile.item.state && item.state.as_of < tile.item.state.as_of) return;
    tile.show(item);
  }

  // Move the ages and countdowns on; return how many spaces are out of date.
  frame(linked) {
    const found = { occupied: 0, vacant: 0, unknown: 0 };
    let stale = 0;
    for (const tile of this.tiles.values()) {
      tile.frame(linked);
      if (tile.stale) stale += 1;
      found[tile.stale || !tile.item.state ? "unknown" : tile.item.state.occupancy] += 1;
    }
    for (const [state, number] of this.counts) {
      setText(number, words("board.tally", { word: words(`board.${state}`), n: found[state] }));
    }
    return stale;
  }
}

function keyOf(item) {
  return `${item.site}/${item.space}`;
}

function section(name, tiles, index) {
  const small = tiles.every((tile) => tile.item.capacity <= 2);
  const heading = make("h2", { id: `group-${index}` }, name);
  const grid = make("div", { class: small ? "tiles small" : "tiles" }, ...tiles.map((tile) => tile.element));
  const element = make("section", { "aria-labelledby": heading.id }, heading, grid);
  element.style.setProperty("--tiles", small ? tiles.length / 2 : tiles.length); // groups share a row by their size
  return element;
}
