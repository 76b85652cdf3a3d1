// The feed: what was decided, in plain sentences, the newest first, and the way back.

import { make, setAttribute } from "../shared/dom.js";
import { now, wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const SHOWN = 60;

export class Feed {
  // onAct(decision, how): somebody wants to "undo" it, or to "agree" to what it proposes or "decline" that.
  constructor(list, mayAct, onAct) {
    this.list = list;
    this.mayAct = mayAct;
    this.onAct = onAct;
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
    if (item.kind === "agree" || item.kind === "decline") this.markAnswered(item);
    while (this.entries.size > SHOWN) {
      const [oldest] = this.entries.keys();
      this.entries.get(oldest).element.remove();
      this.entries.delete(oldest);
    }
  }

  frame() {
    for (const { buttons, until } of this.entries.values()) {
      for (const button of buttons) setAttribute(button, "hidden", !(Date.parse(until) > now()));
    }
  }

  markAnswered(answer) {
    for (const { item } of this.entries.values()) {
      if (item.kind === "propose" && item.proposal === answer.proposal && item.answer_until) {
        this.put({ ...item, answer_until: null });
        return;
      }
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
    const [until, ways] = item.undo.possible ? [item.undo.until, ["undo"]] : [item.answer_until, ["agree", "decline"]];
    const buttons = this.mayAct && until ? ways.map((how) => this.button(item, how, until)) : [];
    head.append(...buttons);
    const attributes = { "data-kind": item.kind, "data-undone": Boolean(item.undo.undone_by), "data-shadow": item.shadow };
    const why = make("a", { href: `/decisions?id=${encodeURIComponent(item.id)}`, class: "why-link" }, words("board.why_link"));
    why.setAttribute("aria-label", `${words("board.why_link")}: ${item.summary}`);
    const element = make("li", attributes, head, make("p", { class: "summary" }, item.summary, " ", why));
    return { item, element, buttons, until };
  }

  button(item, how, until) {
    const title = words(`board.${how}_until`, { at: wallClock(until) });
    const button = make("button", { type: "button", class: "undo", title }, words(`board.${how}`));
    button.setAttribute("aria-label", `${words(`board.${how}`)}: ${item.summary}`);
    button.onclick = () => this.onAct(item, how);
    return button;
  }
}

export function actorText(actor) {
  const [kind, name] = actor.split(":", 2);
  return words(`board.by_${kind}`, { name });
}
