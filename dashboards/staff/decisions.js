// The page of decisions: what waits for an answer, how the rehearsal went, and everything decided, with its reasons.

import { doing, inCharge, Outcome } from "./acts.js";
import { DecisionCard } from "./decisioncard.js";
import { fromAddress, KINDS, toAddress, toQuery } from "./decisionfilter.js";
import { ask } from "../shared/ask.js";
import { byId, make, setText } from "../shared/dom.js";
import { busy, field, select } from "../shared/forms.js";
import { get, post } from "../shared/http.js";
import { mayAct } from "./nav.js";
import { open } from "./page.js";
import { Rehearsal } from "./rehearsal.js";
import { dayClock, siteOf, sites, useZone, zone } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const FRAME_MS = 1_000;
const PAGE = 50;

let who = null;
let names = new Map();
let spaces = [];
let filter = fromAddress(location.search);
let cards = new Map();
let next = null;
let rehearsal = null;
let choosing = 0; // a newer choice makes the answer to an older one void
let controls = null;

async function read(reader) {
  const first = who === null;
  who = reader;
  const choice = choosing;
  const [found, known, proposals, asked] = await Promise.all([
    get(`/decisions?limit=${PAGE}${toQuery(filter, zone())}`),
    first ? get("/spaces") : null,
    get("/proposals?state=open&limit=100"),
    get("/bookings?state=asked&limit=100"),
  ]);
  if (known) {
    spaces = known.items;
    names = new Map(spaces.map((one) => [`${one.site}/${one.space}`, one.name]));
    begin();
    await showLinked();
  }
  showWaiting(proposals.items, asked.items);
  if (choice === choosing) showNewest(found);
  if (first) rehearsal.read();
}

// What is new comes on top; what somebody has read on to stays beneath.
function showNewest(found) {
  const fresh = new Map(found.items.map((item) => [item.id, item]));
  const kept = new Map();
  for (const item of found.items) kept.set(item.id, cardOf(item));
  const oldest = found.items.at(-1)?.at;
  for (const [id, card] of cards) if (!fresh.has(id) && oldest !== undefined && card.item.at <= oldest) kept.set(id, card);
  if (cards.size === 0 || kept.size === found.items.length) next = found.next;
  arrange(kept);
}

function cardOf(item) {
  const known = cards.get(item.id);
  known?.show(item);
  return known ?? new DecisionCard(item, { names, acting: mayAct(who) && inCharge(who, item.site, item.space), done: again });
}

function arrange(kept) {
  const same = [...kept.keys()].join() === [...cards.keys()].join();
  cards = kept;
  if (!same) {
    const focused = document.activeElement;
    byId("list").replaceChildren(...[...cards.values()].map((card) => card.element));
    if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  }
  byId("none").hidden = cards.size > 0;
  byId("more").hidden = next === null;
}

async function more() {
  const choice = choosing;
  const found = await get(`/decisions?limit=${PAGE}${toQuery(filter, zone())}&after=${encodeURIComponent(next)}`);
  if (choice !== choosing) return;
  next = found.next;
  const first = found.items[0]?.id;
  arrange(new Map([...cards, ...found.items.map((item) => [item.id, cardOf(item)])]));
  cards.get(first)?.element.querySelector("summary")?.focus();
}

async function again() {
  await read(who);
}

async function choose(change) {
  filter = { ...filter, ...change };
  choosing += 1;
  history.replaceState(null, "", toAddress(filter, location.search) || location.pathname);
  const choice = choosing;
  try {
    const found = await get(`/decisions?limit=${PAGE}${toQuery(filter, zone())}`);
    if (choice !== choosing) return;
    next = found.next;
    arrange(new Map(found.items.map((item) => [item.id, cardOf(item)])));
    byId("trouble").hidden = true;
  } catch (problem) {
    byId("trouble").hidden = false;
    setText(byId("trouble"), words("page.failed", { reason: problem.message }));
  }
}

// A link leads to one decision, with its reasons open, above all others.
async function showLinked() {
  const id = new URLSearchParams(location.search).get("id");
  if (!id) return;
  const place = byId("linked");
  place.hidden = false;
  try {
    const card = new DecisionCard(await get(`/decisions/${encodeURIComponent(id)}`), { names, acting: mayAct(who), done: again }, true);
    place.replaceChildren(make("ol", { class: "decisions" }, card.element));
    setInterval(() => card.frame(), FRAME_MS);
    card.element.querySelector("summary").focus({ preventScroll: true });
  } catch (problem) {
    place.replaceChildren(make("p", { class: "banner" }, problem.message));
  }
}

let waitingDrawn = "";

function showWaiting(proposals, bookings) {
  const key = JSON.stringify([proposals, bookings]);
  if (key === waitingDrawn) return;
  waitingDrawn = key;
  const place = byId("waiting");
  place.hidden = proposals.length + bookings.length === 0;
  const outcome = new Outcome(again);
  place.replaceChildren(make("h2", { id: "waiting-title" }, words("decide.waiting")), make("ul", { class: "decisions" }, ...bookings.map((one) => drawAsked(one)), ...proposals.map((one) => drawOpen(one))), outcome.element);
}

function drawAsked(booking) {
  const outcome = new Outcome(again);
  const when = `${dayClock(booking.start, language())}–${booking.end.slice(11, 16)}`;
  const text = words("decide.waiting_booking", { group: booking.group, space: names.get(`${booking.site}/${booking.space}`) ?? booking.space, title: booking.title, when, n: booking.people });
  const possible = who.role === "partner" || (mayAct(who) && inCharge(who, booking.site, booking.space));
  const buttons = possible ? ["approve", "refuse"].map((how) => {
    const button = make("button", { type: "button", class: how === "approve" ? "primary" : "danger", "data-act": how }, words(`decide.act_${how}`));
    button.onclick = async () => {
      if (how === "refuse" && !(await ask(words("decide.ask_refuse", { title: booking.title }), words("decide.sure_refuse"), make("p", {}, text)))) return;
      await doing(button, outcome, async () => {
        const decision = await post(`/bookings/${encodeURIComponent(booking.id)}/${how}`);
        setTimeout(again);
        return decision;
      });
    };
    return button;
  }) : [];
  return make("li", { class: "decision", "data-booking": booking.id }, make("p", { class: "summary" }, text), booking.answer_by ? make("p", { class: "lead" }, words("decide.waiting_until", { at: dayClock(booking.answer_by, language()) })) : null, buttons.length ? make("p", { class: "actions" }, ...buttons) : null, outcome.element);
}

function drawOpen(proposal) {
  const outcome = new Outcome(again);
  const preview = make("div", { class: "preview" });
  const item = make("li", { class: "decision", "data-proposal": proposal.id }, preview, make("p", { class: "lead" }, words("decide.waiting_until", { at: dayClock(proposal.expires, language()) })), outcome.element);
  const acting = mayAct(who);
  preview.append(make("p", { class: "summary" }, proposal.summary));
  import("./spaceforms.js").then((forms) => {
    if (acting) forms.drawProposal(preview, proposal, names, outcome, () => setTimeout(again));
    else preview.append(forms.drawMoves(proposal, names));
  });
  return item;
}

function begin() {
  const several = sites().length > 1;
  const site = select([["", words("decide.filter_all")], ...sites().map((one) => [one.id, one.name])], {}, filter.site);
  const space = select([], {});
  const offerSpaces = () => {
    const mine = spaces.filter((one) => !filter.site || one.site === filter.site);
    space.replaceChildren(make("option", { value: "" }, words("decide.filter_all")), ...mine.map((one) => make("option", { value: one.space }, one.name)));
    space.value = filter.space;
    useZone(siteOf(filter.site)?.zone ?? null);
  };
  offerSpaces();
  const kind = select([["", words("decide.filter_all")], ...KINDS.map((one) => [one, words(`decide.kind_${one}`)])], {}, filter.kind);
  const by = select([["", words("decide.filter_all")], ...["scheduler", "user", "person", "device", "group"].map((one) => [one, words(`decide.by_${one}`)])], {}, filter.by);
  const name = make("input", { maxlength: 64, value: filter.name, autocomplete: "off" });
  const nameField = field(words("decide.filter_name"), name, { hidden: filter.by !== "person" });
  const shadow = select([["", words("decide.shadow_both")], ["only", words("decide.shadow_only")], ["without", words("decide.shadow_without")]], {}, filter.shadow);
  const from = make("input", { type: "date", value: filter.from });
  const to = make("input", { type: "date", value: filter.to });
  site.onchange = () => {
    filter = { ...filter, site: site.value, space: "" };
    offerSpaces();
    choose({});
  };
  space.onchange = () => choose({ space: space.value });
  kind.onchange = () => choose({ kind: kind.value });
  by.onchange = () => {
    nameField.hidden = by.value !== "person";
    choose({ by: by.value });
  };
  name.onchange = () => choose({ name: name.value.trim() });
  shadow.onchange = () => choose({ shadow: shadow.value });
  from.onchange = () => choose({ from: from.value });
  to.onchange = () => choose({ to: to.value });
  controls = { site, space, kind, by, name, shadow, from, to };
  for (const [id, control] of Object.entries(controls)) control.setAttribute("data-filter", id);
  byId("filters").onsubmit = (event) => event.preventDefault();
  byId("filters").replaceChildren(
    ...(several ? [field(words("decide.filter_site"), site)] : []),
    field(words("decide.filter_space"), space), field(words("decide.filter_kind"), kind), field(words("decide.filter_by"), by), nameField,
    field(words("decide.filter_shadow"), shadow), field(words("decide.filter_from"), from), field(words("decide.filter_to"), to),
  );
  const line = make("span", { class: "answer", role: "status" });
  byId("more").after(line);
  byId("more").onclick = () => busy(byId("more"), line, more);
  rehearsal = new Rehearsal(byId("rehearsal"));
  setInterval(() => {
    for (const card of cards.values()) card.frame();
  }, FRAME_MS);
}

await open("decide.title", read);
