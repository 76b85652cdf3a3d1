// The feed: what was decided, in plain sentences, the newest first, and the way back.

import { make, setAttribute } from "./dom.js";
import { now, wallClock } from "./time.js";
import { words } from "./words.js";

const SHOWN = 60;

export class Feed {
  constructor(list, mayAct, onUndo) {
    this.list = list;
    this.mayAct = mayAct;
    this.onUndo = onUndo;
    this.entries = new Map();
  }

  replace(items) {
    this.entries.clear();
    this.list.replaceChildren();
    if (!items.length) this.list.append(make("li", { class: "none" }, words("board.no_decisions")));
    for (const item of [...items].reverse()) this.put(item);
  }

  put(item) {
    if (item.actor === "scenario") return; // the demo's own bookings happened before anybody watched
    this.list.querySelector(".none")?.remove();
    const known = this.entries.get(item.id);
    const entry = this.draw(item);
    this.entries.set(item.id, entry);
    if (known) known.element.replaceWith(entry.element);
    else this.list.prepend(entry.element);
    if (item.kind === "undo") this.markUndone(item);
    while (this.entries.size > SHOWN) {
      const [oldest] = this.entries.keys();
      this.entries.get(oldest).element.remove();
      this.entries.delete(oldest);
    }
  }

  frame() {
    for (const { item, button } of this.entries.values()) {
      if (button) setAttribute(button, "hidden", !(item.undo.possible && Date.parse(item.undo.until) > now()));
    }
  }

  // An undo is named after the decision it undoes.
  markUndone(undo) {
    const undone = this.entries.get(undo.id.replace(/-undo$/, ""));
    if (undone && undone.item.id !== undo.id) {
      this.put({ ...undone.item, undo: { ...undone.item.undo, possible: false, undone_by: undo.id } });
    }
  }

  draw(item) {
    const notes = [
      make("time", { datetime: item.at }, wallClock(item.at)),
      make("span", {}, actorText(item.actor)),
      item.shadow ? make("span", { class: "badge" }, words("board.shadow")) : null,
      item.undo.undone_by ? make("span", { class: "badge" }, words("board.undone")) : null,
    ];
    const head = make("p", { class: "notes" }, ...notes);
    let button = null;
    if (this.mayAct && item.undo.possible) {
      const until = words("board.undo_until", { at: wallClock(item.undo.until) });
      button = make("button", { type: "button", class: "undo", title: until }, words("board.undo"));
      button.setAttribute("aria-label", `${words("board.undo")}: ${item.summary}`);
      button.onclick = () => this.onUndo(item);
      head.append(button);
    }
    const attributes = { "data-kind": item.kind, "data-undone": Boolean(item.undo.undone_by), "data-shadow": item.shadow };
    const element = make("li", attributes, head, make("p", { class: "summary" }, item.summary));
    return { item, element, button };
  }
}

function actorText(actor) {
  const [kind, name] = actor.split(":", 2);
  return words(`board.by_${kind}`, { name });
}
