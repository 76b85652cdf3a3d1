// A form made of fields, each with its label, hint and, when it is wrong, why: beside it, in words. What was typed stays
// whatever the server answers.

import { make, setText } from "../../shared/dom.js";
import { ask } from "../../shared/ask.js";
import { answerLine, tell } from "../../shared/forms.js";
import { words } from "../../shared/words.js";

let numbers = 0;
const open = new Set();

// Whether any form holds what is not saved; a page that is left asks first.
export const unsaved = () => [...open].some((form) => form.element.isConnected && form.changed());

window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

class Field {
  // `spec`: { name, label, hint, control, wide, spread, also }. `spread`: the control reads several fields at once;
  // `also` are further names of the server's fields whose faults belong here.
  constructor(spec) {
    this.spec = spec;
    this.control = spec.control;
    numbers += 1;
    const id = `field-${numbers}`;
    this.error = make("p", { id: `${id}-error`, class: "error" });
    const hint = spec.hint ? make("p", { id: `${id}-hint`, class: "hint" }, spec.hint) : null;
    const described = [hint ? hint.id : "", this.error.id].filter(Boolean).join(" ");
    const { element, group, whole } = this.control;
    if (group || whole) {
      this.target = whole ? element.querySelector("input") : element;
      this.target.setAttribute("aria-describedby", described);
    } else {
      this.target = element;
      element.id = id;
      element.setAttribute("aria-describedby", described);
    }
    const box = group
      ? make("fieldset", {}, make("legend", {}, spec.label), element)
      : whole
        ? element
        : make("label", { for: id }, make("span", {}, spec.label), element);
    this.element = make("div", { class: group || spec.wide ? "field wide" : "field" }, box, hint, this.error);
  }

  names() {
    return [this.spec.name, ...(this.spec.also ?? [])];
  }

  read() {
    return this.spec.spread ? this.control.read() : { [this.spec.name]: this.control.read() };
  }

  say(sentence) {
    setText(this.error, sentence);
    if (sentence) this.target.setAttribute("aria-invalid", "true");
    else this.target.removeAttribute("aria-invalid");
  }

  focus() {
    const first = this.target.matches("input, select, textarea")
      ? this.target
      : this.target.querySelector("input, select, textarea, button");
    first?.focus();
  }
}

export class Form {
  // `onSave(values, changes)` may return a sentence; `changes` are the values that differ from what was there first.
  constructor({ fields, save, onSave, onCancel = null, more = [] }) {
    this.fields = fields.filter(Boolean).map((spec) => new Field(spec));
    this.line = answerLine();
    this.onSave = onSave;
    const submit = make("button", { type: "submit", class: "primary" }, save);
    const cancel = onCancel ? make("button", { type: "button" }, words("page.cancel")) : null;
    if (cancel) {
      cancel.onclick = async () => {
        if (this.changed() && !(await ask(words("setup.discard"), words("setup.discard_yes")))) return;
        this.forget();
        onCancel();
      };
    }
    this.element = make(
      "form",
      { class: "entry-form", novalidate: true },
      make("div", { class: "fields" }, ...this.fields.map((one) => one.element)),
      make("p", { class: "actions" }, submit, cancel, ...more),
      this.line,
    );
    this.first = JSON.stringify(this.values());
    this.element.onsubmit = (event) => {
      event.preventDefault();
      this.send();
    };
    open.add(this);
  }

  values() {
    return Object.assign({}, ...this.fields.map((one) => one.read()));
  }

  changes() {
    const before = JSON.parse(this.first);
    const now = JSON.parse(JSON.stringify(this.values()));
    return Object.fromEntries(
      Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
    );
  }

  changed() {
    return JSON.stringify(this.values()) !== this.first;
  }

  forget() {
    open.delete(this);
  }

  async send() {
    const wrong = this.fields.filter((one) => {
      const fault = one.control.fault();
      one.say(fault);
      return fault;
    });
    if (wrong.length) {
      tell(this.line, words("setup.see_fields", { n: wrong.length }), true);
      wrong[0].focus();
      return;
    }
    const buttons = [...this.element.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    tell(this.line, words("setup.saving"));
    try {
      const sentence = await this.onSave(this.values(), this.changes());
      this.first = JSON.stringify(this.values());
      tell(this.line, sentence ?? "");
    } catch (problem) {
      this.blame(problem);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  // Put each fault of an answer beside its field; what belongs to none is told below.
  blame(problem) {
    const rest = [];
    let first = null;
    for (const { field, message } of problem.members?.errors ?? []) {
      const name = String(field).split(".")[0];
      // A sentence of the contract may name its field itself: "rrule: …".
      const named = /^([a-z_]+): (.*)$/s.exec(message);
      const found =
        this.fields.find((one) => one.names().includes(name)) ??
        (named && this.fields.find((one) => one.names().includes(named[1])));
      if (found) {
        found.say(named && found.names().includes(named[1]) ? named[2] : message);
        first ??= found;
      } else rest.push(message);
    }
    tell(this.line, first && !rest.length ? words("setup.see_fields", { n: 1 }) : problem.message, true);
    first?.focus();
  }
}
