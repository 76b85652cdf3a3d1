// One decision: what was done in a plain sentence, by whom, what would have changed it, what it saw, and the way back.

import { doing, Outcome } from "./acts.js";
import { make } from "../shared/dom.js";
import { actorText } from "./feed.js";
import { get, post } from "../shared/http.js";
import { drawInputs } from "./inputs.js";
import { dayClock, now } from "../shared/time.js";
import { language, words } from "../shared/words.js";

export class DecisionCard {
  // `on`: {names: site/space → name, acting, done()}; `open`: with its reasons shown.
  constructor(item, on, open = false) {
    this.item = item;
    this.on = on;
    this.outcome = new Outcome(() => on.done());
    this.element = make("li", { class: "decision", "data-id": item.id });
    this.opened = open;
    this.draw();
  }

  // Drawn again only if something of it is new, so that what was opened stays open.
  show(item) {
    if (JSON.stringify(item) === JSON.stringify(this.item)) return;
    this.item = item;
    this.opened = this.element.querySelector("details")?.open ?? this.opened;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.do : null;
    this.draw();
    if (focused) this.element.querySelector(`[data-do="${focused}"]`)?.focus({ preventScroll: true });
  }

  frame() {
    for (const [button, until] of this.buttons) button.hidden = !(Date.parse(until) > now());
  }

  draw() {
    const { item } = this;
    this.element.dataset.kind = item.kind;
    this.element.toggleAttribute("data-shadow", item.shadow);
    this.element.toggleAttribute("data-undone", Boolean(item.undo.undone_by));
    const name = this.on.names.get(`${item.site}/${item.space}`) ?? item.space;
    const head = make(
      "p",
      { class: "notes" },
      make("time", { datetime: item.at }, dayClock(item.at, language())),
      name ? make("span", {}, name) : null,
      make("span", { class: "badge" }, words(`decide.kind_${item.kind}`)),
      make("span", { class: "by" }, actorText(item.actor)),
      item.shadow ? make("span", { class: "badge" }, words("board.shadow")) : null,
      item.undo.undone_by ? make("span", { class: "badge" }, words("decide.undone_by")) : null,
    );
    this.buttons = this.on.acting ? this.ways() : [];
    this.element.replaceChildren(
      head,
      make("p", { class: "summary" }, item.summary),
      this.buttons.length ? make("p", { class: "actions" }, ...this.buttons.map(([button]) => button)) : "",
      this.outcome.element,
      this.drawWhy(),
    );
    this.frame();
  }

  ways() {
    const { item } = this;
    const [ways, until, path] = item.undo.possible
      ? [["undo"], item.undo.until, `/decisions/${encodeURIComponent(item.id)}`]
      : [item.kind === "propose" && item.proposal ? ["agree", "decline"] : [], item.answer_until, `/proposals/${encodeURIComponent(item.proposal ?? "")}`];
    return until ? ways.map((how) => [this.button(how, path, until), until]) : [];
  }

  button(how, path, until) {
    const button = make("button", { type: "button", "data-do": how, class: how === "agree" ? "primary" : null, title: words(`board.${how}_until`, { at: until.slice(11, 16) }) }, words(`board.${how}`));
    button.setAttribute("aria-label", `${words(`board.${how}`)}: ${this.item.summary}`);
    button.onclick = async () => {
      const { ask } = await import("../shared/ask.js");
      const moves = how === "agree" ? await this.movesOf() : null;
      if (!(await ask(words(`board.${how}_question`), words(`board.${how}_confirm`), make("blockquote", {}, this.item.summary), moves))) return;
      await doing(button, this.outcome, async () => {
        const decision = await post(`${path}/${how}`);
        this.on.done();
        return decision;
      });
    };
    return button;
  }

  async movesOf() {
    try {
      const proposal = await get(`/proposals/${encodeURIComponent(this.item.proposal)}`);
      const { drawMoves } = await import("./spaceforms.js");
      return drawMoves(proposal, this.on.names);
    } catch {
      return null; // the sentence above says how many; the answer itself is what counts
    }
  }

  drawWhy() {
    const { item } = this;
    const [rule, version] = item.rule.split("/");
    const link = make("a", { href: `/decisions?id=${encodeURIComponent(item.id)}` }, words("decide.link"));
    link.setAttribute("aria-label", `${words("decide.link_label")}: ${item.summary}`);
    const changes = item.would_change.length
      ? [make("p", { class: "sub" }, words("decide.would_change")), make("ul", { class: "changes" }, ...item.would_change.map((one) => make("li", {}, one)))]
      : [];
    const inputs = make("div", { class: "inputs" });
    const details = make(
      "details",
      {},
      make("summary", { "data-do": "why" }, words("board.why_link")),
      ...changes,
      make("p", { class: "lead" }, `${words("decide.reason")}: `, make("code", {}, words("decide.rule", { name: rule, version: version ?? "1" })), " · ", link),
      inputs,
    );
    const fill = () => inputs.childElementCount || inputs.append(drawInputs(item, this.on.names));
    details.addEventListener("toggle", () => details.open && fill());
    details.open = this.opened;
    if (this.opened) fill();
    return details;
  }
}
