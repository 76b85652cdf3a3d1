// What is free now and tonight: cards to tap, and what is not free below, folded.

import { make } from "../shared/dom.js";
import { featureName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";
import { refocused } from "./focus.js";
import { choices, Sheet } from "./sheet.js";
import * as say from "./say.js";

export class Free {
  constructor(app) {
    this.app = app;
    this.when = "now";
    this.sought = "";
  }

  show(main) {
    refocused(main, () => this.draw(main));
  }

  draw(main) {
    const spaces = this.app.spaces.filter((space) => matches(space, this.sought));
    const can = this.when === "now" ? usable : (space) => space.tonight.length > 0;
    const open = spaces.filter(can).sort(by(this.when));
    const others = spaces.filter((space) => !can(space));
    const folded = main.querySelector("details")?.open ?? false;
    main.replaceChildren(
      make(
        "div",
        { class: "bar" },
        make("div", { class: "segments", role: "group", "aria-label": words("resident.when") },
          ...choices(["now", "tonight"], (one) => words(`resident.${one}`), () => this.when, (one) => {
            this.when = one;
            this.show(main);
          })),
        make("p", { class: "lead", role: "status" }, words("resident.free_count", { n: open.length })),
      ),
      ...(this.app.spaces.length > 12 ? [this.search(main)] : []),
      ...(open.length ? [make("ul", { class: "cards" }, ...open.map((space) => this.card(space)))] : [this.nothing(spaces)]),
      ...(others.length
        ? [make("details", { class: "others", open: folded }, make("summary", {}, words("resident.others", { n: others.length })),
            make("ul", { class: "cards" }, ...others.map((space) => this.card(space))))]
        : []),
    );
  }

  card(space) {
    const stretch = this.when === "now" ? space.free : space.tonight[0];
    const stretches = space.tonight.map((one) => say.span(one.start, one.end)).join(" · ");
    const outlook = this.when === "tonight" && stretch ? stretches : say.outlook(space);
    const inside = [
      make("span", { class: "name" }, space.name),
      make("span", { class: "outlook" }, outlook),
      this.when === "now" || !stretch ? say.stateOf(space) : null,
      make("span", { class: "more" }, [say.seats(space.capacity), ...space.functions.slice(0, 4).map(say.use)].join(" · ")),
      stretch?.asks_host ? make("span", { class: "more" }, words("resident.asks_host")) : null,
    ];
    const state = this.when === "tonight" && stretch ? "free" : space.state;
    const key = `${space.site}/${space.space}`;
    const attributes = { class: "card", "data-space": key, "data-focus": key, "data-state": state };
    if (!stretch && space.next_free === null) return make("li", {}, make("div", { ...attributes, "data-flat": true }, ...inside));
    const card = make("button", { ...attributes, type: "button" }, ...inside);
    card.onclick = () => {
      const soon = this.when === "now" && stretch !== null;
      new Sheet(space, stretch ?? space.next_free, { soon, changed: () => this.app.again() }).open();
    };
    return make("li", {}, card);
  }

  nothing(spaces) {
    if (this.sought && !spaces.length) return make("p", { class: "empty" }, words("resident.none_found"));
    const late = this.when === "tonight" && this.app.hour() >= 22;
    const key = late ? "resident.evening_past" : `resident.nothing_${this.when}`;
    return make("div", { class: "empty" }, make("p", {}, words(key)),
      make("a", { class: "button primary big", href: "#ask" }, words("resident.queue")));
  }

  search(main) {
    const input = make("input", { type: "search", "data-focus": "search", "aria-label": words("resident.search"), placeholder: words("resident.search"), value: this.sought });
    input.oninput = () => {
      this.sought = input.value;
      this.show(main);
    };
    return make("p", { class: "search" }, input);
  }
}

// A corner that is for everybody is worth telling of while there is room in it.
function usable(space) {
  if (!space.functions.length) return space.state === "free";
  return space.free !== null && space.occupied !== true;
}

function matches(space, sought) {
  const text = [space.name, space.group, ...space.functions.map(say.use), ...space.features.map(featureName)].join(" ").toLowerCase();
  return text.includes(sought.trim().toLowerCase());
}

// Surely free before perhaps free, rooms before single seats, then the longest first.
function by(when) {
  const end = (space) => Date.parse((when === "now" ? space.free : space.tonight[0])?.end ?? 0);
  const rank = (space) => (when === "now" && space.state !== "free" ? 2 : 0) + (space.capacity === 1 || !space.functions.length ? 1 : 0);
  return (a, b) => rank(a) - rank(b) || end(b) - end(a);
}
