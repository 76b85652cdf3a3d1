// All of one space: its state and why, its day, what can be done with it, and the evidence. Drawn once, then kept up.

import { inCharge, Outcome } from "./acts.js";
import { Bookings } from "./bookings.js";
import { isStale } from "./boardfilter.js";
import { Day } from "./day.js";
import { make, setAttribute, setText } from "../shared/dom.js";
import { Evidence } from "./evidence.js";
import { Learned } from "./learned.js";
import { mayAct } from "./nav.js";
import { shape } from "../shared/shapes.js";
import { drawHours, hoursIn, rangeOf, TimeLine } from "./timeline.js";
import { factsOf, partsText } from "./tile.js";
import { countdown, duration, now, siteOf, staleAfter, wallClock, zone } from "../shared/time.js";
import { words } from "../shared/words.js";

const AGAIN_MS = 60_000;

export class SpacePanel {
  // `booking`: the one that is open at first; null: what is now or next.
  constructor(item, names, who, booking = null) {
    this.item = item;
    this.names = names;
    this.who = who;
    this.drawn = "";
    this.linked = true;
    this.acting = mayAct(who) && inCharge(who, item.site, item.space, item.parts);
    this.mark = make("span", { class: "mark-box" });
    this.word = make("strong", { class: "word" });
    this.since = make("span", { class: "since" });
    this.state = make("p", { class: "state" }, this.mark, this.word, this.since);
    this.why = make("p", { class: "why" });
    this.facts = make("ul", { class: "facts" });
    this.pending = make("p", { class: "pending", hidden: true });
    this.likely = make("p", { class: "likely" });
    this.promise = make("p", { class: "promise" });
    this.evidence = new Evidence();
    this.learned = mayAct(who) ? new Learned(item) : null; // the API tells it to nobody else
    this.outcome = new Outcome(() => this.book.read());
    this.buildDay(booking);
    this.form = make("div", { class: "form-place", hidden: true });
    this.acts = make("p", { class: "actions space-acts" });
    this.element = make(
      "div",
      { class: "space-panel" },
      this.state,
      this.why,
      this.facts,
      this.pending,
      make("section", { class: "today", "aria-labelledby": "today-title" }, make("h3", { id: "today-title" }, words("board.today")), this.dayNote, this.scroll, this.told, this.bookings.element),
      this.outcome.element,
      this.acting ? this.acts : make("p", { class: "note-soft" }, words(mayAct(who) ? "board.not_in_charge" : "board.not_allowed_to_act")),
      this.form,
      make("h3", {}, words("board.evidence")),
      this.likely,
      this.promise,
      this.evidence.element,
      this.learned?.element,
    );
    this.show(item);
    this.book.read();
    this.book.wantUse(item.space);
    this.timer = setInterval(() => this.book.read(), AGAIN_MS);
  }

  buildDay(booking) {
    this.line = new TimeLine(
      (picked) => this.choose(picked.id),
      (text) => setText(this.told, text || words("board.line_hint")),
    );
    this.hours = make("div", { class: "hours-place" });
    this.scroll = make("div", { class: "day-one" }, this.hours, this.line.element);
    this.told = make("p", { class: "told", "aria-hidden": "true" }, words("board.line_hint"));
    this.dayNote = make("p", { class: "lead", role: "status" }, words("board.loading"));
    this.book = new Day(this.item.site, null, () => this.showDay(), [this.item.space]);
    this.bookings = new Bookings(this.outcome, {
      choose: (id) => this.choose(id),
      pick: (id) => this.line.pick(id),
      done: () => this.book.read(),
      move: (one, button) => this.openForm("move", button, one),
    });
    if (booking) this.bookings.pick(booking);
  }

  close() {
    clearInterval(this.timer);
    this.book.close();
  }

  choose(id) {
    this.bookings.pick(id);
    this.showDay();
  }

  refresh(item) {
    this.show(item);
    if (this.book.follow(item)) this.showDay();
  }

  decided(spaces, booking) {
    this.book.later([...spaces, ...(booking ? this.book.holding(booking) : [])]);
  }

  again() {
    this.book.read();
  }

  show(item) {
    this.item = item;
    const { state } = item;
    const shown = state ? state.occupancy : "silent";
    if (shown !== this.drawn) {
      this.drawn = shown;
      setAttribute(this.state, "data-state", shown);
      this.mark.replaceChildren(shape(shown));
      setText(this.word, words(`board.${shown}`));
    }
    setText(this.why, state ? state.why : words("board.never_heard"));
    const parts = partsText(item, this.names);
    const facts = [...factsOf(item), ...(parts ? [["parts", parts]] : [])];
    const key = JSON.stringify(facts);
    if (this.facts.dataset.key !== key) {
      this.facts.dataset.key = key;
      this.facts.replaceChildren(...facts.map(([kind, text]) => make("li", { class: kind }, text)));
    }
    setText(this.likely, state?.likelihood ?? "");
    this.likely.hidden = !state?.likelihood;
    setText(this.promise, state?.promise ?? "");
    this.evidence.show(state?.evidence ?? []);
    if (this.acting) this.drawActs();
    this.frame(this.linked);
  }

  showDay() {
    const { book } = this;
    const row = book.rows.get(this.item.space);
    setText(this.dayNote, book.problem ? words("page.failed", { reason: book.problem }) : "");
    if (!row) return;
    const range = rangeOf(book.bounds, [row], now());
    this.scroll.style.setProperty("--hours", hoursIn(range));
    if (this.hoursKey !== `${range.start} ${range.end}`) {
      this.hoursKey = `${range.start} ${range.end}`;
      this.hours.replaceChildren(drawHours(range));
    }
    if (!this.shown) this.showNow(range);
    this.line.show(row, book.uses.get(this.item.space) ?? null, this.item, range);
    const preferred = this.item.now ?? this.item.next;
    this.bookings.show(row, row.bookings.some((one) => one.id === preferred?.id) ? preferred.id : null, this.item.space);
  }

  // On a narrow screen the line is wider than the dialog: it begins a little before now.
  showNow(range) {
    this.shown = true;
    const part = (now() - range.start) / (range.end - range.start);
    requestAnimationFrame(() => {
      this.scroll.scrollLeft = part * this.scroll.scrollWidth - this.scroll.clientWidth / 3;
    });
  }

  frame(linked) {
    this.linked = linked;
    const { state, countdown: release, offer } = this.item;
    const at = now();
    const old = Boolean(state) && (!linked || isStale(this.item, at, staleAfter()));
    setAttribute(this.element, "data-old", old);
    setText(this.since, !state ? "" : old ? words("board.old", { age: duration(at - Date.parse(state.as_of)) }) : words("board.since", { duration: duration(at - Date.parse(state.since)) }));
    const until = release?.until ?? offer?.until;
    this.pending.hidden = !(until && Date.parse(until) > at - 5_000);
    if (!this.pending.hidden) {
      const told = release ? words("board.countdown_release", { at: wallClock(until) }) : words("board.offer_held", { group: offer.group, at: wallClock(until) });
      setText(this.pending, `${told} · ${countdown(until)}`);
    }
    this.line.frame(linked);
  }

  // What can be done with the space itself, as far as it is possible.
  drawActs() {
    const { item } = this;
    const locks = Object.values(item.state?.doors ?? {}).some((door) => door.locked !== null);
    const possible = [...(item.now ? [] : ["walk_in"]), "book", "block", "message", ...(locks ? ["unlock"] : [])];
    const key = possible.join();
    if (this.acts.dataset.key === key) return;
    const focused = this.acts.contains(document.activeElement) ? document.activeElement.dataset.do : null;
    this.acts.dataset.key = key;
    this.acts.replaceChildren(
      ...possible.map((name) => {
        const button = make("button", { type: "button", "data-do": name, "data-act": name, "aria-expanded": name === "unlock" ? null : String(this.opened === name) }, words(`decide.act_${name}`));
        button.onclick = () => (name === "unlock" ? this.unlock(button) : this.openForm(name, button));
        return button;
      }),
    );
    if (focused) this.acts.querySelector(`[data-do="${focused}"]`)?.focus({ preventScroll: true });
  }

  placeOf() {
    const { site, space, name, capacity, functions } = this.item;
    return { site, space, name, capacity, functions, names: this.names, zone: siteOf(site)?.zone ?? zone() };
  }

  async unlock(button) {
    const { unlock } = await import("./spaceforms.js");
    await unlock(this.placeOf(), button, this.outcome);
  }

  // The forms are fetched when the first is opened: most who look at a space do not change it.
  async openForm(name, button, booking = null) {
    const again = this.opened === name && this.moving === booking?.id;
    this.closeForm();
    if (again) return;
    const forms = await import("./spaceforms.js");
    const place = this.placeOf();
    const mine = (space) => inCharge(this.who, place.site, space);
    const done = () => {
      this.closeForm();
      this.book.read();
    };
    this.opened = name;
    this.moving = booking?.id;
    const form =
      name === "book" ? forms.bookForm(place, this.outcome, done, mine)
      : name === "walk_in" ? forms.walkInForm(place, this.outcome, done, mine)
      : name === "move" ? forms.moveForm(booking, place, this.outcome, done, mine)
      : name === "block" ? forms.blockForm(place, this.outcome, done)
      : forms.messageForm(place, this.outcome, done);
    this.outcome.say("");
    this.form.replaceChildren(form);
    this.form.hidden = false;
    setAttribute(button, "aria-expanded", "true");
    this.opener = button;
    form.querySelector("input:not(:disabled), select")?.focus({ preventScroll: true });
    this.form.scrollIntoView({ block: "nearest" });
  }

  closeForm() {
    if (this.opener?.hasAttribute("aria-expanded")) this.opener.setAttribute("aria-expanded", "false");
    if (this.form.contains(document.activeElement)) (this.opener?.isConnected ? this.opener : this.acts.querySelector("button"))?.focus();
    this.form.hidden = true;
    this.form.replaceChildren();
    this.opened = null;
    this.moving = undefined;
  }
}
