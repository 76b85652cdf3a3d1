// The bar above the board: which site, which view of it, and which of its spaces.

import { make, setText } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { isNarrow, STATES, VIEWS } from "./boardfilter.js";
import { featureName, functionName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const PATIENCE_MS = 120; // between two letters

export class FilterBar {
  // `onChange(filter)` hears every choice.
  constructor(element, filter, onChange) {
    this.filter = filter;
    this.onChange = onChange;
    this.offered = "";
    this.site = select([], { "data-filter": "site" });
    this.siteField = field(words("board.filter_site"), this.site, { hidden: true });
    this.search = make("input", { type: "search", "data-filter": "q", maxlength: 80, autocomplete: "off", enterkeyhint: "search" });
    this.state = select(anyOr("board.filter_any_state", STATES.map((state) => [state, words(`board.${state}`)])), { "data-filter": "state" });
    this.function = select([], { "data-filter": "function" });
    this.feature = select([], { "data-filter": "feature" });
    this.people = make("input", { type: "number", min: 1, max: 100000, inputmode: "numeric", "data-filter": "people" });
    this.attention = make("input", { type: "checkbox", "data-filter": "attention" });
    this.count = make("p", { class: "shown", role: "status" });
    this.clear = make("button", { type: "button", class: "clear" }, words("board.filter_clear"));
    this.functionField = field(words("board.filter_function"), this.function);
    this.featureField = field(words("board.filter_feature"), this.feature);
    const more = make(
      "details",
      { class: "more-filters" },
      make("summary", {}, words("board.filter_more")),
      make(
        "div",
        { class: "filter-fields" },
        field(words("board.filter_state_now"), this.state),
        this.functionField,
        this.featureField,
        field(words("board.filter_free_for"), this.people),
        make("label", { class: "check" }, this.attention, make("span", {}, words("board.filter_attention"))),
      ),
    );
    more.open = isNarrow({ ...filter, q: "" });
    this.views = VIEWS.map((view) => {
      const button = make("button", { type: "button", "data-view": view }, words(`board.view_${view}`));
      button.onclick = () => this.choose({ view });
      return button;
    });
    const views = make("div", { class: "views", role: "group", "aria-label": words("board.view") }, ...this.views);
    const form = make("form", { class: "board-filters", role: "search" }, this.siteField, field(words("board.filter_search"), this.search, { class: "wide" }), more);
    form.onsubmit = (event) => event.preventDefault();
    this.listen();
    element.replaceChildren(make("div", { class: "bar" }, form, views), make("div", { class: "bar found" }, this.count, this.clear));
    this.showChoice();
  }

  listen() {
    let waiting = 0;
    this.search.oninput = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.choose({ q: this.search.value.trim() }), PATIENCE_MS);
    };
    for (const name of ["site", "state", "function", "feature"]) this[name].onchange = () => this.choose({ [name]: this[name].value });
    this.people.oninput = () => this.choose({ people: this.people.validity.valid ? this.people.value : "" });
    this.attention.onchange = () => this.choose({ attention: this.attention.checked });
    this.clear.onclick = () => {
      this.search.focus();
      this.choose({ q: "", state: "", function: "", feature: "", people: "", attention: false });
    };
  }

  choose(change) {
    this.filter = { ...this.filter, ...change };
    this.showChoice();
    this.onChange(this.filter);
  }

  // The functions and features there are to choose from; sites are [id, name] pairs.
  offer(sites, functions, features) {
    const offered = JSON.stringify([sites, functions, features]);
    if (offered === this.offered) return;
    this.offered = offered;
    fill(this.site, sites);
    this.siteField.hidden = sites.length < 2;
    fill(this.function, anyOr("board.filter_any", functions.map((one) => [one, functionName(one)])));
    fill(this.feature, anyOr("board.filter_any", features.map((one) => [one, featureName(one)])));
    this.functionField.hidden = functions.length === 0;
    this.featureField.hidden = features.length === 0;
    this.showChoice();
  }

  showChoice() {
    const { filter } = this;
    for (const name of ["site", "state", "function", "feature", "people"]) if (this[name].value !== filter[name]) this[name].value = filter[name];
    if (this.search.value.trim() !== filter.q) this.search.value = filter.q;
    this.attention.checked = filter.attention;
    for (const button of this.views) button.setAttribute("aria-pressed", String(button.dataset.view === filter.view));
  }

  showCount(shown, all) {
    const narrow = isNarrow(this.filter);
    setText(this.count, narrow ? words("board.filter_shown", { n: shown, all }) : "");
    this.clear.hidden = !narrow;
    this.clear.parentElement.hidden = !narrow;
  }
}

const anyOr = (key, options) => [["", words(key)], ...options];

function fill(element, options) {
  element.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
}
