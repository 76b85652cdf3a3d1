// The dialog: a space with all that is known of it and can be done, or the question before an undo.

import { make, setText, style } from "../shared/dom.js";
import { post } from "../shared/http.js";
import { wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const SHEETS = ["/static/staff/day.css", "/static/staff/acts.css", "/static/staff/evidence.css"];

export class Dialog {
  // `onClosed(item)` hears which space was looked at, when the place from where it was opened is gone.
  constructor(element, who, onClosed = () => {}) {
    this.element = element;
    this.who = who;
    this.panel = null;
    this.busy = false;
    element.addEventListener("close", () => {
      const item = this.panel?.item;
      this.panel?.close();
      this.panel = null;
      this.element.replaceChildren();
      if (item && (document.activeElement === null || document.activeElement === document.body)) onClosed(item);
    });
    // A click on the backdrop, not on what lies in the dialog, closes it.
    element.addEventListener("click", (event) => {
      if (event.target === element) element.close();
    });
  }

  // What is only needed once a space is opened is fetched when the board stands, so that it stands sooner.
  prepare() {
    this.fetched ??= Promise.all([import("./spacepanel.js"), ...SHEETS.map(style)])
      .then(([found]) => found)
      .catch(() => {
        this.fetched = null; // the next who opens one tries again
      });
    return this.fetched;
  }

  async showSpace(item, names, booking = null) {
    const asked = Symbol("asked"); // of two taps the last counts
    this.asked = asked;
    const found = await this.prepare();
    if (asked !== this.asked || this.element.open) return;
    this.panel = found ? new found.SpacePanel(item, names, this.who, booking) : null;
    this.fill(item.name, this.panel?.element ?? make("p", { class: "note", role: "alert" }, words("page.unreachable")));
    this.element.showModal();
  }

  refresh(item) {
    const { panel } = this;
    if (panel && panel.item.site === item.site && panel.item.space === item.space) panel.refresh(item);
  }

  frame(linked) {
    this.panel?.frame(linked);
  }

  // how: "undo" the decision, or "agree" to what it proposes or "decline" that.
  ask(decision, how) {
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
