// The bookings of a space's day as a list: the one that is picked shows all of it and what can be done with it now.

import { actButton, isAct } from "./acts.js";
import { make, setAttribute } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { busy } from "../shared/forms.js";
import { wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const HANDLE = /^R-[ACDEFGHJKMNPQRTUVWXY34679]{6}$/; // as services/contracts/names.py has it
const OVER = new Set(["ended", "released", "cancelled"]);

export class Bookings {
  // `outcome`: where each act tells what came of it. `onMove(booking, button)`, `onDone()`, `onPick(id)`.
  constructor(outcome, on) {
    this.outcome = outcome;
    this.on = on;
    this.picked = undefined; // nobody picked yet: what is now or next
    this.drawn = "";
    this.element = make("ol", { class: "bookings" });
    this.none = make("p", { class: "unbooked" }, words("board.no_booking_today"));
  }

  // `preferred`: the booking that is open unless somebody picked another.
  show(row, preferred, space) {
    const here = this.picked === undefined ? preferred : this.picked;
    const key = JSON.stringify([row.bookings, here]);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.do : null;
    const [over, coming] = [true, false].map((yes) => row.bookings.filter((one) => (OVER.has(one.state) && one.id !== here) === yes));
    const drawn = coming.map((booking) => this.draw(booking, booking.id === here, space));
    if (!row.bookings.length) drawn.push(make("li", {}, this.none));
    this.element.replaceChildren(...drawn, ...(over.length ? [this.drawOver(over, space)] : []));
    if (focused) this.element.querySelector(`[data-do="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.on.pick(here ?? null);
  }

  // What is over stands behind a fold: it is looked up, not worked with.
  drawOver(bookings, space) {
    const summary = make("summary", { "data-do": "over" }, words("board.bookings_over", { n: bookings.length }));
    const fold = make("details", {}, summary, make("ol", { class: "bookings" }, ...bookings.map((one) => this.draw(one, false, space))));
    fold.open = this.overOpen ?? false;
    fold.addEventListener("toggle", () => {
      this.overOpen = fold.open;
    });
    return make("li", {}, fold);
  }

  pick(id) {
    this.picked = id;
    this.drawn = "";
  }

  draw(booking, open, space) {
    const span = words("board.span", { start: wallClock(booking.start), end: wallClock(booking.end) });
    const state = words(booking.block ? "board.state_blocked" : `board.state_${booking.state}`);
    const head = make(
      "button",
      { type: "button", class: "pick", "aria-expanded": String(open), "data-do": `pick ${booking.id}` },
      make("span", { class: "when" }, span),
      make("span", { class: "what" }, booking.title),
      make("span", { class: "how" }, state),
    );
    head.onclick = () => this.on.choose(open ? null : booking.id);
    const item = make("li", { "data-booking": booking.id, "data-state": booking.block ? "blocked" : booking.state, "data-over": OVER.has(booking.state) }, head);
    if (open) item.append(this.drawDetail(booking, space));
    return item;
  }

  drawDetail(booking, space) {
    const facts = [
      booking.block ? null : booking.group,
      booking.block ? null : words("board.booking_people", { n: booking.people }),
      booking.checked_in_at ? words("board.booking_came", { at: wallClock(booking.checked_in_at) }) : null,
      booking.released_at && OVER.has(booking.state) ? words("board.booking_released", { at: wallClock(booking.released_at) }) : null,
      booking.answer_by && booking.state === "asked" ? words("board.booking_answer_by", { at: wallClock(booking.answer_by) }) : null,
      booking.protected ? words("board.booking_protected") : null,
      booking.series ? words("board.booking_series") : null,
      booking.from_offer ? words("board.booking_from_offer") : null,
      booking.space === space ? null : words("board.booking_elsewhere"),
    ];
    const acts = booking.can.filter(isAct).map((name) => actButton(name, booking, this.outcome, () => this.on.done()));
    if (booking.can.includes("move")) {
      const move = make("button", { type: "button", "data-do": `move ${booking.id}`, "data-act": "move" }, words("decide.act_move"));
      move.onclick = () => this.on.move(booking, move);
      acts.splice(acts.findIndex((one) => one.classList.contains("danger")) >>> 0, 0, move);
    }
    const contact = booking.can.length && HANDLE.test(booking.group) ? this.drawContact(booking) : null;
    return make(
      "div",
      { class: "detail" },
      make("p", { class: "facts-line" }, facts.filter(Boolean).join(" · ")),
      acts.length ? make("p", { class: "actions" }, ...acts) : null,
      contact,
    );
  }

  // A resident is a handle everywhere but here, and whoever looks is written down.
  drawContact(booking) {
    const line = make("span", { class: "answer", role: "status" });
    const button = make("button", { type: "button", "data-do": `contact ${booking.id}` }, words("decide.contact"));
    const told = make("p", { class: "contact" }, button, line);
    button.onclick = () =>
      busy(button, line, async () => {
        const person = await get(`/residents/${encodeURIComponent(booking.group)}`);
        const phone = person.phone ? make("a", { href: `tel:${person.phone.replace(/[^\d+]/g, "")}` }, person.phone) : words("decide.contact_none");
        told.replaceChildren(make("b", {}, person.name || booking.group), " ", phone, " ", line);
      });
    setAttribute(button, "title", words("decide.contact_noted"));
    return told;
  }
}
