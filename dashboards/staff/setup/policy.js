// The knobs of the scheduler: each with what it does, its unit and its usual value; a preview of what would change; saving.

import { ask } from "../../shared/ask.js";
import { make } from "../../shared/dom.js";
import { answerLine, busy } from "../../shared/forms.js";
import { post } from "../../shared/http.js";
import { listed } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import { checksControl, numberControl, selectControl } from "./controls.js";
import { previewResult } from "./preview.js";

const MINUTES = { unit: "minutes", min: 0, max: 1440, step: 1 };
const SHARE = { unit: "percent", min: 0, max: 100, step: 1 };
// In the order of a booking's day; the usual values are those of the contract.
export const GROUPS = [
  ["policy_come", [["check_in_early_min", MINUTES, 15], ["grace_min", MINUTES, 10], ["warn_min", MINUTES, 5], ["vacant_for_release_min", MINUTES, 2], ["reclaim_min", MINUTES, 15]]],
  ["policy_go", [["early_end_min", MINUTES, 10], ["overrun_warn_min", MINUTES, 5], ["extend_min", MINUTES, 15], ["extend_most_min", MINUTES, 30], ["move_next", "choice", "ask"], ["move_next_after_min", MINUTES, 3]]],
  ["policy_offer", [["offer_hold_min", { ...MINUTES, min: 1 }, 5], ["walk_in_hold_min", { ...MINUTES, min: 1 }, 2], ["offer_no_show_min", MINUTES, 20], ["min_offer_min", MINUTES, 30]]],
  ["policy_ask", [["ask_ahead_min", MINUTES, 120], ["ask_ahead_rate", SHARE, 0.35], ["fold_share", SHARE, 0.4], ["fold_ask_min", { ...MINUTES, min: 1 }, 15]]],
  ["policy_spare", [["protect_longer_than_min", { ...MINUTES, max: 10_080, none: null }, 360], ["never_release", "spaces", []], ["shadow", "spaces", []]]],
];

export class PolicyForm {
  constructor(catalogue, { admin }) {
    this.catalogue = catalogue;
    this.knobs = new Map();
    this.line = answerLine();
    this.result = make("div", { class: "preview", "aria-live": "polite" });
    const show = make("button", { type: "button", id: "policy-preview" }, words("setup.preview"));
    show.onclick = () => this.preview();
    const save = make("button", { type: "submit", class: "primary" }, words("setup.save"));
    this.element = make(
      "form",
      { class: "policy entry-form", novalidate: true },
      ...GROUPS.map(([title, knobs]) => make("fieldset", { class: "knobs" }, make("legend", {}, words(`setup.${title}`)), ...knobs.map((one) => this.knob(...one)))),
      admin ? make("p", { class: "actions" }, show, save) : make("p", { class: "hint" }, words("setup.policy_admin")),
      this.line,
      this.result,
    );
    this.element.onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    if (!admin) for (const control of this.element.querySelectorAll("input, select")) control.disabled = true;
    this.first = JSON.stringify(this.values());
    this.mark();
  }

  knob(name, form, usual) {
    const present = this.catalogue.community.policy[name];
    const control = this.control(form, name, present);
    const marked = make("span", { class: "chip changed", hidden: true }, words("setup.changed"));
    const error = make("p", { class: "error", id: `${name}-error` });
    const why = make("p", { class: "hint", id: `${name}-why` }, words(`setup.knob_${name}_why`));
    const title = make("b", {}, words(`setup.knob_${name}`));
    const said = make("p", { class: "hint" }, words("setup.usually", { value: usualText(form, usual) }));
    let head;
    if (control.group) {
      control.element.setAttribute("role", "group");
      control.element.setAttribute("aria-label", words(`setup.knob_${name}`));
      head = make("div", {}, make("p", {}, title, " ", marked), why, control.element);
    } else {
      const unit = form === "choice" ? null : make("span", { class: "unit" }, words(`setup.unit_${form.unit}`));
      control.element.id = `knob-${name}`;
      control.element.setAttribute("aria-describedby", `${name}-why ${name}-error`);
      head = make(
        "div",
        {},
        make("label", { class: "knob-label", for: `knob-${name}` }, title, " ", marked),
        why,
        make("p", { class: "knob-value" }, control.element, unit),
      );
    }
    this.knobs.set(name, { control, marked, error, usual, form });
    const element = make("div", { class: "knob", "data-knob": name }, head, said, error);
    element.addEventListener("change", () => this.mark());
    element.addEventListener("input", () => this.mark());
    return element;
  }

  control(form, name, value) {
    if (form === "choice") return selectControl(value, ["ask", "auto", "never"].map((one) => [one, words(`setup.move_${one}`)]));
    if (form === "spaces") {
      const named = new Map();
      for (const one of this.catalogue.community.spaces) if (!named.has(one.id)) named.set(one.id, one.name);
      return checksControl(value, [...named], words("setup.spaces_none"));
    }
    if (form.unit === "percent") {
      const control = numberControl(Math.round(value * 100), form);
      return { ...control, read: () => control.read() / 100 };
    }
    return numberControl(value, { ...form, step: Number.isInteger(value) || value === null ? 1 : "any" });
  }

  values() {
    return Object.fromEntries([...this.knobs].map(([name, { control }]) => [name, control.read()]));
  }

  mark() {
    for (const { control, marked, usual } of this.knobs.values()) {
      marked.hidden = JSON.stringify(control.read()) === JSON.stringify(usual);
    }
  }

  changed() {
    return JSON.stringify(this.values()) !== this.first;
  }

  wrong() {
    let first = null;
    for (const { control, error } of this.knobs.values()) {
      const fault = control.fault();
      error.textContent = fault;
      if (fault) first ??= control.element;
      control.element.toggleAttribute("aria-invalid", Boolean(fault));
    }
    first?.focus();
    return first !== null;
  }

  async preview() {
    if (this.wrong()) return;
    await busy(this.element, this.line, async () => {
      this.line.textContent = words("setup.previewing");
      const found = await post("/policy/preview", this.values());
      this.result.replaceChildren(previewResult(found));
      this.result.scrollIntoView({ block: "nearest" });
      return "";
    });
  }

  async save() {
    if (this.wrong()) return;
    const before = JSON.parse(this.first);
    const names = [...this.knobs.keys()].filter((name) => JSON.stringify(this.values()[name]) !== JSON.stringify(before[name]));
    if (!names.length) {
      this.line.textContent = words("setup.nothing_changed");
      return;
    }
    const list = make("ul", { class: "plain-list" }, ...names.map((name) => make("li", {}, words("setup.knob_now", this.told(name, before)))));
    if (!(await ask(words("setup.policy_sure"), words("setup.save"), list))) return;
    await busy(this.element, this.line, async () => {
      await this.catalogue.change("PUT", "/policy", this.values());
      this.first = JSON.stringify(this.values());
      return words("setup.policy_saved");
    });
  }

  // A policy names spaces by their ids, of whatever site; people read their names.
  named(form, value) {
    return form === "spaces" ? value.map((id) => this.catalogue.community.spaces.find((one) => one.id === id)?.name ?? id) : value;
  }

  told(name, before) {
    const { form, control } = this.knobs.get(name);
    return { knob: words(`setup.knob_${name}`), before: usualText(form, this.named(form, before[name])), after: usualText(form, this.named(form, control.read())) };
  }
}

function usualText(form, value) {
  if (form === "choice") return words(`setup.move_${value}`);
  if (form === "spaces") return value.length ? listed(value) : words("setup.none_of_them");
  if (value === null) return words("setup.no_limit");
  return form.unit === "percent" ? `${Math.round(value * 100)}%` : `${value} ${words("setup.unit_minutes")}`;
}

