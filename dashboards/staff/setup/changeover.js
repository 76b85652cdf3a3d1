// The minutes that lie between two uses: a table from what was to what comes, for a site or for one space of it.

import { make, setText } from "../../shared/dom.js";
import { answerLine, busy } from "../../shared/forms.js";
import { functionName } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import { selectControl } from "./controls.js";

const ANY = "*";
const key = (space, from, to) => JSON.stringify([space, from, to]);

export class Changeover {
  constructor(catalogue, site) {
    this.catalogue = catalogue;
    this.site = site;
    this.minutes = new Map();
    for (const row of catalogue.of("changeover", site)) this.minutes.set(key(row.space, row.from, row.to), row.minutes);
    this.first = this.said();
    this.where = selectControl("", [["", words("setup.whole_site")], ...catalogue.spaces(site).map((one) => [one.id, one.name])]);
    this.where.element.onchange = () => this.draw();
    this.table = make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": words("setup.section_changeover") });
    this.line = answerLine();
    this.note = make("p", { class: "hint" });
    const save = make("button", { type: "submit", class: "primary" }, words("setup.save"));
    this.element = make(
      "form",
      { class: "entry-form", novalidate: true },
      make("label", { class: "narrow" }, make("span", {}, words("setup.changeover_where")), this.where.element),
      this.note,
      this.table,
      make("p", { class: "actions" }, save),
      this.line,
    );
    this.element.onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    this.draw();
  }

  functions() {
    const space = this.where.read();
    return space ? this.catalogue.space(this.site, space).functions : this.catalogue.functions(this.site);
  }

  draw() {
    const space = this.where.read() || null;
    const all = [...this.functions(), ANY];
    const name = (one) => (one === ANY ? words("setup.any_other") : functionName(one));
    setText(this.note, words(all.length > 1 ? "setup.changeover_hint" : "setup.changeover_none"));
    const head = make("tr", {}, make("th", { scope: "col" }, words("setup.changeover_from_to")), ...all.map((one) => make("th", { scope: "col" }, name(one))));
    const rows = all.map((from) =>
      make("tr", {}, make("th", { scope: "row" }, name(from)), ...all.map((to) => make("td", {}, this.cell(space, from, to, name)))),
    );
    this.table.hidden = all.length < 2;
    this.table.replaceChildren(make("table", { class: "matrix" }, make("thead", {}, head), make("tbody", {}, ...rows)));
  }

  cell(space, from, to, name) {
    const label = words("setup.changeover_cell", { from: name(from), to: name(to) });
    const input = make("input", { type: "number", min: 0, max: 1440, inputmode: "numeric", "aria-label": label });
    const same = from === to;
    input.placeholder = same ? "0" : "–";
    input.value = this.minutes.get(key(space, from, to)) ?? "";
    input.oninput = () => {
      const good = input.value !== "" && input.checkValidity();
      input.toggleAttribute("aria-invalid", input.value !== "" && !good);
      if (good) this.minutes.set(key(space, from, to), Number(input.value));
      else this.minutes.delete(key(space, from, to));
    };
    return input;
  }

  said() {
    return JSON.stringify([...this.minutes].sort());
  }

  changed() {
    return this.said() !== this.first;
  }

  async save() {
    const wrong = this.table.querySelector("input:invalid");
    if (wrong) {
      setText(this.line, words("setup.fault_range", { min: 0, max: 1440 }));
      this.line.toggleAttribute("data-wrong", true);
      wrong.focus();
      return;
    }
    await busy(this.element, this.line, async () => {
      const rows = [...this.minutes].map(([named, minutes]) => {
        const [space, from, to] = JSON.parse(named);
        return { site: this.site, space, from, to, minutes };
      });
      await this.catalogue.change("PUT", "/changeover", { site: this.site, rows });
      this.first = this.said();
      return words("setup.saved");
    });
  }
}
