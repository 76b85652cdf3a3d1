// What the devices say of a space, in three lists: who speaks for people, who for nobody, and who has no say now.

import { make, setText } from "../shared/dom.js";
import { words } from "../shared/words.js";

const SIDES = [
  ["for", "board.evidence_for"],
  ["against", "board.evidence_against"],
];
const STEPS = ["slight", "clear", "strong"];
const FEW = 2; // so many that have no say are shown without being asked for

export class Evidence {
  constructor() {
    this.drawn = "";
    this.sides = make("div", { class: "sides" });
    this.summary = make("summary", { "data-do": "silent" });
    this.list = make("ul", { class: "witnesses" });
    this.silent = make("details", { class: "silent" }, this.summary, this.list);
    this.summary.addEventListener("click", () => {
      this.chosen = true;
    });
    this.none = make("p", {}, words("board.no_evidence"));
    this.element = make("div", { class: "evidence" }, this.sides, this.silent, this.none);
  }

  // `entries` come with the weightiest first.
  show(entries) {
    const drawn = JSON.stringify(entries);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const silent = entries.filter((one) => one.side === "none").sort((one, other) => believed(one) - believed(other));
    this.none.hidden = entries.length > 0;
    this.sides.hidden = silent.length === entries.length;
    this.sides.replaceChildren(...SIDES.map(([side, key]) => drawSide(key, side, entries.filter((one) => one.side === side))));
    this.silent.hidden = silent.length === 0;
    setText(this.summary, words("board.evidence_silent", { n: silent.length }));
    // Whoever is not believed is what a steward has to see; the rest only when there is room, or it was asked for.
    const telling = silent.length <= FEW || this.sides.hidden || silent.some((one) => !believed(one));
    if (!this.chosen) this.silent.open = telling;
    this.list.replaceChildren(...silent.map(drawWitness));
  }
}

const believed = (one) => one.mark?.believed !== "no";

function drawSide(key, side, entries) {
  const list = entries.length
    ? make("ul", { class: "witnesses" }, ...entries.map(drawWitness))
    : make("p", { class: "neither" }, words("board.evidence_neither"));
  return make("section", { "data-side": side }, make("h4", {}, words(key)), list);
}

function drawWitness(one) {
  const device = one.place ? words("board.evidence_place", one) : one.device;
  return make(
    "li",
    { "data-device": one.device, "data-side": one.side, "data-strength": one.strength, "data-believed": one.mark?.believed },
    make("p", { class: "says" }, one.text),
    make("p", { class: "of" }, device),
    one.strength ? drawWeight(one) : null,
    one.mark ? make("p", { class: "chip" }, one.mark.text) : null,
  );
}

// Three bars, as many of them full as the word is strong; the word beside them says the same.
function drawWeight(one) {
  const full = STEPS.indexOf(one.strength) + 1;
  const bars = STEPS.map((step, place) => make("i", { "data-full": place < full }));
  return make("p", { class: "weight" }, make("span", { class: "bars", "aria-hidden": "true" }, ...bars), one.strength_text);
}
