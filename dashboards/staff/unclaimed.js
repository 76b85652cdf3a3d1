// Devices that speak and that nobody has claimed yet: each with a field for the code on its label.

import { make, setText } from "../shared/dom.js";
import { post } from "../shared/http.js";
import { duration, now } from "../shared/time.js";
import { kindName, listed } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";
import { issuedCard } from "./issued.js";

export const KINDS = ["presence", "motion", "count", "door", "charging", "climate", "button", "lending", "screen"];

export class Unclaimed {
  constructor(section, mayAct, onClaimed) {
    this.section = section;
    this.mayAct = mayAct;
    this.onClaimed = onClaimed;
    this.title = make("h2", { id: "unclaimed-title" });
    this.list = make("ul", { class: "strangers" });
    this.issued = make("ul", { class: "strangers issued" });
    this.lead = make("p", { class: "lead" }, words("board.unclaimed_lead"));
    section.replaceChildren(this.title, this.lead, this.issued, this.list);
    this.cards = new Map();
    this.waiting = 0;
  }

  show(items, spaces) {
    this.waiting = items.length;
    this.hide();
    setText(this.title, words("board.unclaimed", { n: items.length }));
    const cards = new Map();
    for (const item of items) {
      const key = `${item.site}/${item.device}`;
      // A form that somebody is filling in stays as it is; only what was heard of the device is told anew.
      const card = this.cards.get(key) ?? this.make(item, spaces.filter((space) => space.site === item.site));
      setText(card.heard, heardText(item));
      cards.set(key, card);
    }
    const same = [...cards.keys()].join() === [...this.cards.keys()].join();
    this.cards = cards;
    if (!same) this.list.replaceChildren(...[...cards.values()].map((card) => card.element));
  }

  hide() {
    const { waiting, issued } = this;
    this.title.hidden = this.lead.hidden = waiting === 0;
    this.section.hidden = waiting === 0 && issued.children.length === 0;
  }

  hand(item, answer) {
    const card = issuedCard(item.device, answer, () => this.hide());
    if (card) this.issued.append(card);
  }

  make(item, spaces) {
    const heard = make("p", { class: "where" });
    const head = make("header", {}, make("h3", {}, item.device), heard);
    const form = this.mayAct && item.has_code ? this.form(item, spaces) : null;
    const without = item.has_code ? null : make("p", { class: "answer" }, words("board.unclaimed_no_code"));
    return { heard, element: make("li", { class: "stranger", "data-device": `${item.site}/${item.device}` }, head, without, form) };
  }

  form(item, spaces) {
    const attributes = { name: "code", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" };
    const code = make("input", attributes);
    const space = choice("space", spaces.map((one) => [one.space, one.name]));
    const kind = choice("kind", KINDS.map((one) => [one, kindName(one)]));
    const guess = item.kinds.find((one) => KINDS.includes(one));
    if (guess) kind.value = guess;
    const button = make("button", { type: "submit", class: "primary" }, words("board.claim"));
    const note = make("p", { class: "answer", role: "status" });
    const form = make(
      "form",
      { class: "claim" },
      labelled("board.claim_code", code),
      labelled("board.claim_space", space),
      labelled("board.claim_kind", kind),
      button,
      note,
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      button.disabled = true;
      setText(note, "");
      try {
        const claim = { code: code.value.trim(), space: space.value, kind: kind.value, name: item.device };
        this.hand(item, await post("/devices/claim", claim));
        await this.onClaimed();
      } catch (problem) {
        note.toggleAttribute("data-wrong", true);
        setText(note, words("board.act_failed", { reason: problem.message }));
        code.select();
      } finally {
        button.disabled = false;
      }
    };
    return form;
  }
}

function heardText(item) {
  const kinds = listed(item.kinds.map(kindName));
  const age = duration(now() - Date.parse(item.last_seen));
  return words("board.unclaimed_heard", { kinds, n: item.messages, duration: age });
}

export function choice(name, options) {
  return make("select", { name }, ...options.map(([value, text]) => make("option", { value }, text)));
}

function labelled(key, field) {
  return make("label", {}, make("span", {}, words(key)), field);
}
