// Waiting in line: what for, when, how long. The first choice of everything is made already.

import { make } from "../shared/dom.js";
import { busy, field, select } from "../shared/forms.js";
import { post } from "../shared/http.js";
import { words } from "../shared/words.js";
import { enter, showCode } from "./enter.js";
import { asMe, me } from "./me.js";
import * as say from "./say.js";
import { choices, stepper } from "./sheet.js";

const LENGTHS = [30, 60, 90, 120, 180];

export class Ask {
  constructor(app) {
    this.app = app;
    Object.assign(this, { when: "now", use: "", minutes: 60, people: 1, space: "" });
  }

  show(main) {
    const uses = [...new Set(this.app.spaces.flatMap((space) => space.functions))];
    const whens = this.app.hour() >= 21 ? ["now", "tomorrow", "day"] : ["now", "tonight", "tomorrow", "day"];
    const dates = make("div", { class: "pair" });
    const answer = make("p", { class: "answer", role: "alert" });
    const entrance = make("div", {});
    const submit = make("button", { class: "primary big", type: "submit", hidden: me() === null }, words("resident.ask"));
    const more = make("details", { class: "others" }, make("summary", {}, words("resident.more_wishes")),
      field(words("resident.where"), this.places()), stepper(this, 500));
    const form = make("form", { class: "paper" },
      make("p", { class: "lead" }, words("resident.ask_lead")),
      group("resident.when", choices(whens, (one) => words(one === "day" ? "resident.other_day" : `resident.${one}`), () => this.when, (one) => {
        this.when = one;
        this.showDates(dates);
      })),
      dates,
      group("resident.how_long", choices(LENGTHS, say.minutes, () => this.minutes, (one) => { this.minutes = one; })),
      ...(uses.length ? [this.uses(uses)] : []),
      more,
      answer,
      submit);
    form.onsubmit = (event) => {
      event.preventDefault();
      busy(form, answer, () => this.send(main));
    };
    main.replaceChildren(form, entrance);
    this.showDates(dates);
    if (me() === null) {
      entrance.className = "paper";
      enter(entrance, words("resident.ask"), async (account) => {
        entrance.replaceChildren();
        submit.hidden = false;
        await busy(form, answer, () => this.send(main, account.code));
        if (account.code && answer.textContent) showCode(entrance, account.code, () => entrance.remove());
      });
    }
  }

  showDates(box) {
    if (this.when !== "day") return box.replaceChildren();
    const today = this.app.today(0);
    this.day ??= this.app.today(1);
    const day = make("input", { type: "date", value: this.day, min: today, max: this.app.today(14), required: true });
    day.onchange = () => { this.day = day.value; };
    const from = hours("08:00", this.earliest, (value) => { this.earliest = value; });
    const to = hours("22:00", this.latest, (value) => { this.latest = value; });
    return box.replaceChildren(field(words("resident.day"), day), field(words("resident.between"), from), field(words("resident.and"), to));
  }

  uses(uses) {
    const options = [["", words("resident.anything")], ...uses.map((one) => [one, say.use(one)])];
    const element = select(options, { name: "use" }, this.use);
    element.onchange = () => { this.use = element.value; };
    return field(words("resident.what_for"), element);
  }

  places() {
    const options = this.app.spaces.filter((space) => space.functions.length).map((space) => [space.space, space.name]);
    const element = select([["", words("resident.anywhere")], ...options], { name: "space" }, this.space);
    element.onchange = () => { this.space = element.value; };
    return element;
  }

  async send(main, code = null) {
    const body = { site: this.app.site, minutes: this.minutes, people: this.people, function: this.use, when: this.when };
    if (this.space) body.space = this.space;
    if (this.when === "tomorrow") Object.assign(body, { when: "day", day: this.app.today(1) });
    if (this.when === "day") Object.assign(body, { day: this.day, earliest: this.earliest ?? "08:00", latest: this.latest ?? "22:00" });
    await asMe(() => post("/me/requests", body));
    const done = () => {
      main.replaceChildren(make("div", { class: "empty" }, make("p", { role: "status" }, words("resident.asked")),
        make("a", { class: "button primary big", href: "#mine" }, words("resident.see_mine"))));
      main.querySelector("a").focus();
    };
    if (code) showCode(main, code, done);
    else done();
    this.app.again();
  }
}

const group = (key, buttons) => make("fieldset", {}, make("legend", {}, words(key)), make("div", { class: "choices" }, ...buttons));

function hours(usual, chosen, choose) {
  const options = Array.from({ length: 48 }, (_, half) => `${String(half >> 1).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);
  const element = select(options.map((one) => [one, one]), {}, chosen ?? usual);
  element.onchange = () => choose(element.value);
  return element;
}
