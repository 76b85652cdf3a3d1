// What is mine: what I am asked, held for me, booked, waited for, and what happened; then who I am, in `account.js`.

import { ask } from "../shared/ask.js";
import { make, setText } from "../shared/dom.js";
import { busy } from "../shared/forms.js";
import { get, post } from "../shared/http.js";
import { countdown } from "../shared/time.js";
import { words } from "../shared/words.js";
import { accountOf } from "./account.js";
import { enter, showCode } from "./enter.js";
import { refocused } from "./focus.js";
import { asMe, me, speakTheirs } from "./me.js";
import * as say from "./say.js";

const ACTS = {
  check_in: { key: "resident.check_in", path: "check-in", primary: true },
  keep: { key: "resident.keep", path: "keep" },
  reclaim: { key: "resident.reclaim", path: "keep", primary: true },
  end: { key: "resident.end", path: "end", confirm: "resident.confirm_end" },
  cancel: { key: "resident.cancel", path: "cancel", confirm: "resident.confirm_cancel" },
};

export async function readMine() {
  const parts = ["proposals", "offers", "bookings", "requests", "news"];
  const found = await asMe(() => Promise.all(parts.map((part) => get(`/me/${part}`))));
  return Object.fromEntries(parts.map((part, place) => [part, found[place].items]));
}

export class Mine {
  constructor(app) {
    this.app = app;
    this.data = null;
  }

  show(main) {
    if (me() === null) return this.strangers(main);
    if (this.data === null) return main.replaceChildren(make("p", { class: "lead" }, words("resident.loading")));
    if (main.querySelector("[data-mine]") === null) {
      main.replaceChildren(make("div", { "data-mine": true }), accountOf(this.app));
      this.drawn = null;
    }
    // Drawn anew only when something is new, and not under a question that waits for its answer.
    const state = JSON.stringify([this.data, me().name]);
    if (state === this.drawn || document.querySelector("dialog[open]")) return undefined;
    this.drawn = state;
    const { proposals, offers, bookings, requests, news } = this.data;
    const name = me().name;
    const box = main.querySelector("[data-mine]");
    return refocused(box, () => box.replaceChildren(
      make("p", { class: "hello" }, name ? words("resident.hello", { name }) : words("resident.hello_nobody")),
      ...(proposals.length ? [section("resident.proposals", proposals.map((one) => this.proposal(one)))] : []),
      ...(offers.length ? [section("resident.offers", offers.map((one) => this.offer(one)))] : []),
      section("resident.bookings", bookings.map((one) => this.booking(one)), "resident.nothing_mine"),
      ...(requests.length ? [section("resident.wishes", requests.map((one) => this.wish(one)))] : []),
      ...(news.length ? [make("details", { class: "others" }, make("summary", {}, words("resident.news")),
        make("ul", { class: "news" }, ...news.map((one) => make("li", {}, make("time", {}, say.clock(one.at)), make("span", {}, one.said)))))] : []),
    ));
  }

  strangers(main) {
    if (main.querySelector("[data-strangers]") !== null) return;
    const box = make("div", {});
    main.replaceChildren(make("section", { class: "paper", "data-strangers": true }, make("h2", {}, words("resident.first_time")),
      make("p", { class: "lead" }, words("resident.look_only")), box));
    enter(box, words("resident.sign_up"), async (account) => {
      const go = async () => {
        speakTheirs();
        main.replaceChildren();
        this.data = null;
        await this.app.again();
        main.focus();
      };
      if (account.code) showCode(main, account.code, go);
      else await go();
    });
  }

  // What would change about a booking of theirs, and why; without an answer it stays as it is.
  proposal(one) {
    const lines = [
      make("p", { class: "why" }, one.why),
      make("p", { class: "change" }, change(one)),
      counting("left", "resident.proposal_left", one.expires),
    ];
    return item({ "data-proposal": one.id, class: "paper offer" }, one.name, span(one), lines, [
      this.act(one.id, words("resident.agree"), () => post(`/me/proposals/${one.id}/agree`), true),
      this.act(one.id, words("resident.as_it_is"), () => post(`/me/proposals/${one.id}/decline`)),
    ]);
  }

  offer(one) {
    const left = counting("left", "resident.offer_left", one.expires);
    return item({ "data-offer": one.id, class: "paper offer" }, one.name, span(one), [left], [
      this.act(one.id, words("resident.take"), () => post(`/me/offers/${one.id}/take`), true),
      this.act(one.id, words("resident.decline"), () => post(`/me/offers/${one.id}/decline`)),
    ]);
  }

  booking(one) {
    const kept = one.state === "booked" && !one.can.includes("keep") && one.can.includes("check_in");
    const state = one.state === "asked"
      ? words("resident.state_asked", { time: say.clock(one.answer_by) })
      : words(`resident.state_${kept ? "kept" : one.state}`);
    const going = ["booked", "warned", "in_use"].includes(one.state);
    const early = one.state === "booked" && !one.can.includes("check_in");
    const lines = [
      make("p", { class: "status" }, state, one.title ? ` · ${one.function ? say.use(one.function) : one.title}` : ""),
      one.release_at ? counting("left strong", "resident.release_in", one.release_at) : null,
      one.why ? make("p", { class: "why" }, one.why) : null,
      going ? make("p", { class: "code-line" }, words("resident.door_code", { code: one.code })) : null,
      early ? make("p", { class: "hint" }, words("resident.can_from", { time: say.clock(one.opens_at) })) : null,
    ];
    const buttons = one.can.map((name) => {
      const { key, path, primary, confirm } = ACTS[name];
      const params = { space: one.name, start: say.clock(one.start), end: say.until(one.start, one.end) };
      const question = confirm ? words(confirm, params) : null;
      return this.act(one.id, words(key), () => post(`/me/bookings/${one.id}/${path}`), primary, question);
    });
    return item({ "data-booking": one.id, "data-state": one.state, class: "paper" }, one.name, span(one), lines, buttons);
  }

  wish(one) {
    const what = one.space === null ? one.functions.map(say.use).join("、") || words("resident.anywhere") : one.name;
    const when = words("resident.wish_when", { start: say.clock(one.earliest), end: say.until(one.earliest, one.latest_end), minutes: one.duration_min });
    const lines = one.state === "offered" ? [make("p", { class: "status" }, words("resident.wish_offered"))] : [];
    return item({ "data-wish": one.id, class: "paper" }, what, when, lines, [
      this.act(one.id, words("resident.withdraw"), () => post(`/me/requests/${one.id}/withdraw`), false, words("resident.confirm_withdraw")),
    ]);
  }

  act(of, text, work, primary = false, question = null) {
    const button = make("button", { type: "button", class: primary ? "primary" : null, "data-focus": `${of}-${text}` }, text);
    button.onclick = async () => {
      if (question !== null && !(await ask(question, text))) return;
      const line = button.closest("li").querySelector(".answer");
      if (await busy(button, line, () => asMe(work).then(() => ""))) await this.app.again();
    };
    return button;
  }
}

const span = (one) => say.span(one.start, one.end);

function change(one) {
  if (one.to === null) return words("resident.proposed_gone");
  const [elsewhere, later] = [one.to.space !== one.space, one.to.start !== one.start];
  const key = elsewhere && later ? "both" : elsewhere ? "space" : "hours";
  return words(`resident.proposed_${key}`, { space: one.to.name, span: span(one.to) });
}

// A line that counts down to an instant; `tick` carries it on.
function counting(kind, key, until) {
  return make("p", { class: kind, "data-until": until, "data-key": key }, words(key, { left: countdown(until) }));
}

export function tick() {
  for (const line of document.querySelectorAll("[data-until]")) {
    setText(line, words(line.dataset.key, { left: countdown(line.dataset.until) }));
  }
}

function item(attributes, title, when, lines, buttons) {
  return make("li", attributes, make("h3", {}, title), make("p", { class: "when" }, when), ...lines.filter(Boolean),
    make("p", { class: "answer", role: "alert" }), buttons.length ? make("p", { class: "actions" }, ...buttons) : null);
}

function section(key, items, empty = null) {
  return make("section", {}, make("h2", {}, words(key)),
    items.length || empty === null ? make("ul", { class: "mine" }, ...items) : make("p", { class: "empty" }, words(empty)));
}
