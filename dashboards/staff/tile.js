// One space: its state as shape, word and colour, why, what is there, and what is promised.

import { make, setAttribute, setText } from "../shared/dom.js";
import { shape } from "../shared/shapes.js";
import { countdown, dayClock, duration, now, staleAfter, wallClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

export class Tile {
  constructor(onOpen) {
    this.item = null;
    this.names = new Map();
    this.linked = true;
    this.drawn = null;
    this.name = make("button", { type: "button", class: "name" });
    this.name.onclick = () => onOpen(this.item, this.name);
    this.mark = make("span", { class: "mark-box" });
    this.word = make("strong", { class: "word" });
    this.since = make("span", { class: "since" });
    this.parts = make("span", { class: "parts" });
    this.why = make("p", { class: "why" });
    this.facts = make("ul", { class: "facts" });
    this.pending = make("p", { class: "pending", hidden: true });
    this.pendingText = make("span");
    this.pendingLeft = make("b", { class: "left" });
    this.pending.append(this.pendingText, this.pendingLeft);
    this.nowLine = make("p", { class: "slot" });
    this.nextLine = make("p", { class: "slot next" });
    this.element = make(
      "article",
      { class: "tile" },
      make("header", {}, make("h3", {}, this.name), this.parts, this.since),
      make("p", { class: "state" }, this.mark, this.word),
      this.pending,
      this.facts,
      this.why,
      this.nowLine,
      this.nextLine,
    );
  }

  show(item) {
    if (this.item === item) return;
    this.item = item;
    setText(this.name, item.name);
    setText(this.parts, partsText(item, this.names));
    setAttribute(this.element, "data-space", `${item.site}/${item.space}`);
    setAttribute(this.element, "data-booked", Boolean(item.now));
    this.showFacts(factsOf(item));
    showSlot(this.nowLine, words("board.now"), item.now, words("board.nothing_now"), false);
    showSlot(this.nextLine, words("board.next"), item.next, words("board.until_free"), true);
    this.frame(this.linked);
  }

  showFacts(facts) {
    const key = JSON.stringify(facts);
    if (this.facts.dataset.key === key) return;
    this.facts.dataset.key = key;
    this.facts.replaceChildren(...facts.map(([kind, text]) => make("li", { class: kind }, text)));
  }

  frame(linked) {
    this.linked = linked;
    const { state } = this.item;
    const age = state ? now() - Date.parse(state.as_of) : Infinity;
    const stale = Boolean(state) && age > staleAfter();
    const old = stale || (!linked && Boolean(state));
    const shown = state ? state.occupancy : "silent";
    if (this.drawn !== shown) {
      this.drawn = shown;
      this.mark.replaceChildren(shape(shown));
      setAttribute(this.element, "data-state", shown);
      setText(this.word, words(`board.${shown}`));
    }
    setAttribute(this.element, "data-old", old);
    setText(this.since, state && !old ? sinceText(state.since) : "");
    setText(this.why, this.whyText(age, old));
    this.framePending();
  }

  whyText(age, old) {
    if (!this.item.state) return words("board.never_heard");
    return old ? words("board.old", { age: duration(age) }) : this.item.state.why;
  }

  framePending() {
    const { countdown: release, offer } = this.item;
    const until = release?.until ?? offer?.until;
    const due = until && Date.parse(until) > now() - 5_000;
    setAttribute(this.pending, "hidden", !due);
    setAttribute(this.element, "data-pending", due ? (release ? "release" : "offer") : null);
    if (!due) return;
    const at = wallClock(until);
    setText(
      this.pendingText,
      release ? words("board.countdown_release", { at }) : words("board.offer_held", { group: offer.group, at }),
    );
    setText(this.pendingLeft, countdown(until));
  }
}

function sinceText(since) {
  return words("board.since", { duration: duration(now() - Date.parse(since)) });
}

// Now: what it is, until when and whose. Next: when it begins and what it is.
function showSlot(line, label, slot, otherwise, next) {
  const key = JSON.stringify([slot?.title, slot?.start, slot?.end, slot?.group, slot?.state]);
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  line.classList.toggle("empty", !slot);
  const what = make("span", { class: "what" });
  if (!slot) what.append(otherwise);
  else if (next) what.append(make("time", { datetime: slot.start }, dayClock(slot.start, language())), ` ${slot.title}`);
  else {
    const span = words("board.span", { start: wallClock(slot.start), end: wallClock(slot.end) });
    what.append(slot.title, make("span", { class: "group" }, `${span} · ${slot.group}`));
    if (slot.state === "warned") what.append(make("span", { class: "asked" }, words("board.state_warned")));
  }
  line.replaceChildren(make("span", { class: "label" }, label), what);
}

// What a space is made of, in the names people use; empty for most.
export function partsText(item, names) {
  const parts = item.parts.map((part) => names.get(`${item.site}/${part}`) ?? part).join(" + ");
  return parts && words("board.parts", { parts });
}

// What is there, each with the class that draws it; only what a steward would act on or count.
export function factsOf(item) {
  const facts = [];
  const { state } = item;
  if (state && state.people != null) {
    facts.push(["people", words("board.people", { n: state.people, capacity: item.capacity })]);
  } else if (item.capacity > 2) facts.push(["capacity", words("board.capacity", { capacity: item.capacity })]);
  if (state?.charging.ports) {
    facts.push(["charging", words("board.charging", state.charging)]);
    if (state.charging.fault) facts.push(["trouble", words("board.charging_fault", { n: state.charging.fault })]);
  }
  const doors = Object.values(state?.doors ?? {});
  if (doors.length) {
    const door = doors.some((one) => one.open) ? "open" : doors.every((one) => one.locked) ? "locked" : "closed";
    facts.push(["door", words(`board.door_${door}`)]);
  }
  if (state?.devices.offline) facts.push(["trouble", words("board.devices_offline", { n: state.devices.offline })]);
  return facts;
}
