// The sheet of one space: how long, what for, how many, and one button. Who is not signed in does so in the same step.

import { make, setText } from "../shared/dom.js";
import { busy, field, select } from "../shared/forms.js";
import { post } from "../shared/http.js";
import { now, wallClock } from "../shared/time.js";
import { featureName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";
import { enter, showCode } from "./enter.js";
import { asMe, me } from "./me.js";
import * as say from "./say.js";

const LENGTHS = [30, 60, 90, 120];
const GRID_MS = 5 * 60_000;
const LEAST = 15;
const STEP_MS = 30 * 60_000;
const MOST_BUTTONS = 8;

// `stretch` is when it can be had; `here`: at the door, from now. `changed()` is called when the sheet is closed.
export class Sheet {
  constructor(space, stretch, { here = false, soon = false, changed = () => {} } = {}) {
    Object.assign(this, { space, stretch, here, soon, changed });
    this.people = 1;
    this.use = stretch.functions[0] ?? "";
    this.starts = here || soon ? [null] : starts(stretch);
    this.at = this.starts[0];
    this.minutes = 60;
    this.body = make("div", { class: "inside" });
    this.dialog = make("dialog", { class: "sheet", "aria-labelledby": "sheet-title" }, this.body);
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      this.changed();
    });
  }

  open() {
    document.body.append(this.dialog);
    this.ask();
    this.dialog.showModal();
  }

  ask() {
    const close = make("button", { class: "close quiet", type: "button", "aria-label": words("page.close") }, "×");
    close.onclick = () => this.dialog.close();
    this.submit = make("button", { class: "primary big", type: "button" });
    this.entrance = make("div", {});
    this.answer = make("p", { class: "answer", role: "alert" });
    this.lengths = make("div", { class: "choices" });
    this.body.replaceChildren(
      make("header", {}, make("h2", { id: "sheet-title" }, this.space.name), close),
      make("p", { class: "lead" }, say.seats(this.space.capacity), ...this.space.features.map((one) => ` · ${featureName(one)}`)),
      ...(this.starts.length > 1 ? [this.choice("resident.start_at", this.starts, wallClock, () => this.at, (at) => { this.at = at; this.showLengths(); })] : []),
      make("fieldset", {}, make("legend", {}, words("resident.how_long")), this.lengths),
      ...(this.stretch.functions.length > 1
        ? [this.choice("resident.what_for", this.stretch.functions, say.use, () => this.use, (use) => { this.use = use; })]
        : []),
      ...(this.space.capacity > 1 ? [stepper(this)] : []),
      make("p", { class: "hint" }, words("resident.what_for_hint")),
      ...(this.stretch.asks_host ? [make("p", { class: "hint strong" }, words("resident.asks_host"))] : []),
      this.answer,
      this.entrance,
      this.submit,
    );
    this.submit.onclick = () => busy(this.submit, this.answer, () => this.send());
    this.showLengths();
  }

  // The lengths that fit from the chosen start to the end of the stretch; the rest of it when even the least does not.
  showLengths() {
    const begin = this.begin();
    const left = Math.floor((Date.parse(this.stretch.end) - begin) / 60_000);
    const fitting = LENGTHS.filter((one) => one <= left);
    if (!fitting.length || left < LENGTHS[0]) fitting.splice(0, fitting.length, Math.max(LEAST, left - (left % 5)));
    if (!fitting.includes(this.minutes)) this.minutes = fitting.at(-1);
    const buttons = choices(fitting, say.minutes, () => this.minutes, (minutes) => {
      this.minutes = minutes;
      this.showSpan();
    });
    this.lengths.replaceChildren(...buttons);
    this.showSpan();
  }

  showSpan() {
    const start = new Date(this.begin());
    const end = new Date(this.begin() + this.minutes * 60_000);
    const zone = this.stretch.start;
    const key = this.here ? "resident.use_span" : this.stretch.asks_host ? "resident.ask_span" : "resident.book_span";
    this.action = words(key, { start: wall(start, zone), end: wall(end, zone) });
    setText(this.submit, this.action);
    this.submit.hidden = me() === null;
    if (me() === null && !this.entrance.childElementCount) {
      enter(this.entrance, this.action, (answer) => this.entered(answer));
    } else if (me() === null) {
      const button = this.entrance.querySelector("button[type=submit]");
      if (button && this.entrance.querySelector("[name=phone]")) setText(button, this.action);
    }
  }

  begin() {
    return this.at === null ? Math.floor(now() / GRID_MS) * GRID_MS : Date.parse(this.at);
  }

  async entered(answer) {
    this.entrance.replaceChildren();
    try {
      await this.send(answer.code);
    } catch (problem) {
      // They are in; what they wanted went wrong. The sheet stays with its reason and a button for another try.
      this.ask();
      this.answer.toggleAttribute("data-wrong", true);
      setText(this.answer, problem.message);
      this.code = answer.code;
    }
  }

  async send(code = this.code) {
    const body = { site: this.space.site, space: this.space.space, minutes: this.minutes, people: this.people, function: this.use };
    if (this.here) body.here = true;
    if (this.at !== null) Object.assign(body, { day: this.at.slice(0, 10), at: this.at.slice(11, 16) });
    const booking = await asMe(() => post("/me/bookings", body));
    if (code) showCode(this.body, code, () => this.finish(booking));
    else this.finish(booking);
  }

  finish(booking) {
    const asked = booking.state === "asked";
    const sentence = asked
      ? words("resident.asked_host", { time: say.clock(booking.answer_by) })
      : words("resident.booked", { space: booking.name, start: say.clock(booking.start), end: say.until(booking.start, booking.end) });
    const done = make("button", { class: "big", type: "button" }, words("resident.done"));
    done.onclick = () => this.dialog.close();
    const mine = make("a", { class: "button primary big", href: "/me" }, words("resident.see_mine"));
    mine.onclick = () => this.dialog.close();
    this.body.replaceChildren(
      make("h2", { id: "sheet-title", class: "done" }, sentence),
      make("p", { class: "code-line" }, words("resident.door_code", { code: booking.code })),
      make("p", { class: "hint" }, words("resident.door_code_hint")),
      mine,
      done,
    );
    mine.focus();
  }

  choice(key, options, text, chosen, choose) {
    if (options.length > MOST_BUTTONS) {
      const list = select(options.map((one) => [one, text(one)]), {}, chosen());
      list.onchange = () => choose(list.value);
      return field(words(key), list);
    }
    return make("fieldset", {}, make("legend", {}, words(key)), make("div", { class: "choices" }, ...choices(options, text, chosen, choose)));
  }
}

// Buttons of which one is pressed.
export function choices(options, text, chosen, choose) {
  const buttons = options.map((option) => {
    const button = make("button", { type: "button", "aria-pressed": String(option === chosen()), "data-focus": `choice-${option}` }, text(option));
    button.onclick = () => {
      choose(option);
      for (const [place, other] of buttons.entries()) other.setAttribute("aria-pressed", String(options[place] === chosen()));
    };
    return button;
  });
  return buttons;
}

// `of.people` from 1 to the capacity of its space, or to `most`.
export function stepper(of, most = of.space?.capacity ?? 100) {
  const count = make("output", { "aria-live": "polite" }, String(of.people));
  const step = (by, key, mark) => {
    const button = make("button", { type: "button", "aria-label": words(key) }, mark);
    button.onclick = () => {
      of.people = Math.min(most, Math.max(1, of.people + by));
      setText(count, String(of.people));
    };
    return button;
  };
  return make(
    "fieldset",
    {},
    make("legend", {}, words("resident.people")),
    make("div", { class: "stepper" }, step(-1, "resident.fewer", "−"), count, step(1, "resident.more", "+")),
  );
}

function starts(stretch) {
  const found = [];
  const end = Date.parse(stretch.end);
  for (let at = Date.parse(stretch.start); at + LENGTHS[0] * 60_000 <= end; at += STEP_MS - (at % STEP_MS)) {
    found.push(isoLike(at, stretch.start));
  }
  return found.length ? found : [stretch.start];
}

// An instant written with the offset of another.
function isoLike(at, like) {
  const offset = like.slice(-6) === "Z" ? "+00:00" : like.slice(-6);
  const sign = offset[0] === "-" ? -1 : 1;
  const shift = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))) * 60_000;
  return new Date(at + shift).toISOString().slice(0, 19) + offset;
}

const wall = (date, like) => isoLike(date.getTime(), like).slice(11, 16);
