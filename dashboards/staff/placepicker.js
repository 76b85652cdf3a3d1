// Choosing among the spaces that really are there for a use; of the others it is said why not.

import { make, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { words } from "../shared/words.js";

const PATIENCE_MS = 250;

export class PlacePicker {
  // `site`; `wanted`: the space chosen first where it can be had; `mayUse(space)`: whether it is theirs to give.
  constructor(site, wanted, mayUse = () => true) {
    this.site = site;
    this.chosen = wanted;
    this.mayUse = mayUse;
    this.asking = 0;
    this.drawn = "";
    this.found = null;
    this.status = make("p", { class: "lead", role: "status" });
    this.list = make("div", { class: "places" });
    this.others = make("ul", { class: "why-not" });
    this.summary = make("summary");
    this.more = make("details", { hidden: true }, this.summary, this.others);
    this.element = make("fieldset", { class: "place-picker" }, make("legend", {}, words("decide.places")), this.status, this.list, this.more);
  }

  // Ask for another use: `query` has start, end, people … or booking; null: not yet known what for.
  ask(query, then = () => {}) {
    clearTimeout(this.timer);
    const asked = ++this.asking;
    if (query === null) {
      this.show(null, "");
      then();
      return;
    }
    setText(this.status, words("board.loading"));
    this.timer = setTimeout(async () => {
      const text = new URLSearchParams({ site: this.site, ...query }).toString();
      try {
        const found = (await get(`/places?${text}`)).items;
        if (asked === this.asking) this.show(found, "");
      } catch (problem) {
        if (asked === this.asking) this.show(null, problem.message);
      }
      if (asked === this.asking) then();
    }, PATIENCE_MS);
  }

  show(found, problem) {
    const mine = found?.filter((one) => this.mayUse(one.space)) ?? [];
    const there = mine.filter((one) => one.possible);
    this.found = found;
    if (!there.some((one) => one.space === this.chosen)) {
      const here = mine.find((one) => one.space === this.chosen);
      this.missed = here && !here.here ? here : (this.missed ?? null);
      if (found) this.chosen = null;
    } else this.missed = null;
    setText(this.status, problem || (found === null ? "" : this.missed ? this.missed.why_not : there.length ? "" : words("decide.places_none")));
    const name = `place-${this.id ??= crypto.randomUUID()}`;
    this.list.replaceChildren(
      ...there.map((one) => {
        const radio = make("input", { type: "radio", name, value: one.space, required: true });
        radio.checked = one.space === this.chosen;
        radio.onchange = () => {
          this.chosen = one.space;
        };
        const text = words(one.asks ? "decide.place_asks" : "decide.place", { name: one.name, capacity: one.capacity });
        return make("label", { class: "check", "data-place": one.space }, radio, make("span", {}, text));
      }),
    );
    const refused = mine.filter((one) => !one.possible && !one.here);
    this.more.hidden = refused.length === 0;
    setText(this.summary, words("decide.places_others", { n: refused.length }));
    this.others.replaceChildren(...refused.map((one) => make("li", {}, make("b", {}, one.name), ` ${one.why_not}`)));
  }
}
