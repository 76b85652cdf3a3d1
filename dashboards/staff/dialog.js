// The dialog: a space with all its evidence and what can be done, or the question before an undo.

import { make, setText } from "../shared/dom.js";
import { Evidence } from "./evidence.js";
import { post } from "../shared/http.js";
import { Learned } from "./learned.js";
import { shape } from "../shared/shapes.js";
import { factsOf, partsText } from "./tile.js";
import { duration, now, wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const ACTIONS = [
  ["check-in", "board.act_check_in", "check_in"],
  ["keep", "board.act_keep", "keep"],
  ["end", "board.act_end", "end"],
];

export class Dialog {
  constructor(element, mayAct) {
    this.element = element;
    this.mayAct = mayAct;
    this.space = null;
    this.busy = false;
    element.addEventListener("close", () => {
      this.space = null;
    });
    // A click on the backdrop, not on what lies in the dialog, closes it.
    element.addEventListener("click", (event) => {
      if (event.target === element) element.close();
    });
  }

  showSpace(item, names) {
    this.space = item;
    this.names = names;
    this.note = make("p", { class: "note", role: "status" });
    this.evidence = new Evidence();
    this.learned = this.mayAct ? new Learned(item) : null; // the API tells it to nobody else
    this.drawSpace();
    this.element.showModal();
  }

  refresh(item) {
    if (!this.space || this.space.site !== item.site || this.space.space !== item.space) return;
    this.space = item;
    if (!this.busy && !this.element.querySelector(".actions button:focus")) this.redrawSpace();
  }

  frame() {
    const since = this.element.querySelector(".since[data-at]");
    if (since) setText(since, words("board.since", { duration: duration(now() - Date.parse(since.dataset.at)) }));
  }

  // Drawing moves elements and makes others anew; where the reader was is given back.
  redrawSpace() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const top = this.element.scrollTop;
    this.drawSpace();
    const same = focused?.isConnected ? focused : this.element.querySelector(`[data-do="${focused?.dataset.do}"]`);
    if (same !== document.activeElement) same?.focus({ preventScroll: true });
    this.element.scrollTop = top;
  }

  drawSpace() {
    const { state } = this.space;
    const shown = state ? state.occupancy : "silent";
    this.evidence.show(state?.evidence ?? []);
    const parts = partsText(this.space, this.names);
    const facts = [...factsOf(this.space), ...(parts ? [["parts", parts]] : [])];
    this.fill(
      this.space.name,
      make(
        "p",
        { class: "state", "data-state": shown },
        make("span", { class: "mark-box" }, shape(shown)),
        make("strong", { class: "word" }, words(`board.${shown}`)),
        state ? make("span", { class: "since", "data-at": state.since }) : null,
      ),
      make("p", { class: "why" }, state ? state.why : words("board.never_heard")),
      make("ul", { class: "facts" }, ...facts.map(([kind, text]) => make("li", { class: kind }, text))),
      ...this.drawBooking(),
      this.note,
      make("h3", {}, words("board.evidence")),
      state?.likelihood ? make("p", { class: "likely" }, state.likelihood) : null,
      state ? make("p", { class: "promise" }, state.promise) : null,
      this.evidence.element,
      this.learned?.element,
    );
    this.frame();
  }

  drawBooking() {
    const booking = this.space.now ?? this.space.next;
    const label = words(this.space.now ? "board.now" : "board.next");
    if (!booking) return [make("p", { class: "unbooked" }, words("board.no_booking_to_act"))];
    const text = words("board.booking", { start: wallClock(booking.start), end: wallClock(booking.end), title: booking.title });
    const state = words(`board.state_${booking.state}`);
    const line = make(
      "p",
      { class: "slot" },
      make("span", { class: "label" }, label),
      make("span", { class: "what" }, text, make("span", { class: "group" }, `${booking.group} · ${state}`)),
    );
    if (!this.mayAct) return [line, make("p", { class: "note" }, words("board.not_allowed_to_act"))];
    const possible = ACTIONS.filter(([, , what]) => booking.can.includes(what));
    const buttons = possible.map(([act, key]) => {
      const button = make("button", { type: "button", class: "primary" }, words(key));
      button.onclick = () => this.act(`/bookings/${encodeURIComponent(booking.id)}/${act}`);
      return button;
    });
    return [line, make("p", { class: "actions" }, ...buttons)];
  }

  // how: "undo" the decision, or "agree" to what it proposes or "decline" that.
  ask(decision, how) {
    this.space = null;
    this.note = make("p", { class: "note", role: "status" });
    const confirm = make("button", { type: "button", class: "primary" }, words(`board.${how}_confirm`));
    const [what, until] =
      how === "undo" ? [`decisions/${encodeURIComponent(decision.id)}`, decision.undo.until]
      : [`proposals/${encodeURIComponent(decision.proposal)}`, decision.answer_until];
    confirm.onclick = () => this.act(`/${what}/${how}`);
    const cancel = make("button", { type: "button" }, words("page.cancel"));
    cancel.onclick = () => this.element.close();
    this.fill(
      words(`board.${how}_question`),
      make("blockquote", {}, decision.summary),
      make("p", {}, words(`board.${how}_until`, { at: wallClock(until) })),
      make("p", { class: "actions" }, confirm, cancel),
      this.note,
    );
    this.element.showModal();
  }

  async act(path) {
    if (this.busy) return;
    this.busy = true;
    for (const button of this.element.querySelectorAll(".actions button")) button.disabled = true;
    try {
      await post(path);
      this.busy = false;
      this.element.close();
    } catch (problem) {
      this.busy = false;
      setText(this.note, words("board.act_failed", { reason: problem.message }));
      for (const button of this.element.querySelectorAll(".actions button")) button.disabled = false;
    }
  }

  fill(title, ...content) {
    const close = make("button", { type: "button", class: "close", "data-do": "close", "aria-label": words("page.close") }, "×");
    close.onclick = () => this.element.close();
    const head = make("header", {}, make("h2", { id: "dialog-title" }, title), close);
    this.element.replaceChildren(make("div", { class: "inside" }, head, ...content.filter((child) => child != null)));
  }
}
