// The forms of a space: book it, let somebody in now, move a booking, close it for a while, put a message on its screen.

import { doing } from "./acts.js";
import { ask } from "../shared/ask.js";
import { make, setText } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { get, post, put, remove } from "../shared/http.js";
import { PlacePicker } from "./placepicker.js";
import { dayClock, now } from "../shared/time.js";
import { addDays, toInstant, toLocal } from "../shared/zoned.js";
import { functionName } from "../shared/vocabulary.js";
import { language, words } from "../shared/words.js";

const MINUTE = 60_000;
const GRID = 5 * MINUTE;
const STEP = 300; // seconds: the grid of bookings, for the browser's own pickers
const CAUSES = ["closed", "device", "host", "whole"];
const SHIFTS = [0, 30, 60, 120];
const STANDS = [10, 30, 60, 240, 1440];

// `place`: {site, space, name, capacity, functions, zone}; `outcome` tells; `done(decision)` hears that it was done.
export function bookForm(place, outcome, done, mayUse) {
  const start = nextHour(place.zone);
  const group = make("input", { name: "group", required: true, maxlength: 200, list: "groups", autocomplete: "off" });
  const title = make("input", { name: "title", maxlength: 200, autocomplete: "off" });
  const people = peopleInput(place);
  const use = select([["", words("decide.any_function")], ...place.functions.map((one) => [one, functionName(one)])], { name: "function" });
  const day = make("input", { name: "day", type: "date", required: true, value: start.slice(0, 10) });
  const from = make("input", { name: "from", type: "time", required: true, step: STEP, value: start.slice(11) });
  const to = make("input", { name: "to", type: "time", required: true, step: STEP, value: later(start, 60).slice(11) });
  const note = make("p", { class: "lead", role: "status" });
  const picker = new PlacePicker(place.site, place.space, mayUse);
  const read = () => {
    const span = spanOf(day.value, from.value, to.value, place.zone);
    setText(note, span?.note ?? "");
    picker.ask(span && { start: span.start, end: span.end, people: people.value || 1, function: use.value, group: group.value.trim() });
    return span;
  };
  for (const one of [group, people, use, day, from, to]) one.onchange = read;
  const form = make(
    "form",
    { class: "act-form" },
    groupsList(place.site),
    make(
      "div",
      { class: "fields" },
      field(words("decide.group"), group), field(words("decide.title_optional"), title), field(words("decide.people"), people),
      place.functions.length ? field(words("decide.function"), use) : null,
      field(words("decide.day"), day), field(words("decide.from"), from), field(words("decide.to"), to),
    ),
    note,
    picker.element,
    submit(words("decide.book")),
  );
  onSubmit(form, outcome, async () => {
    const span = spanOf(day.value, from.value, to.value, place.zone);
    if (!span) throw new Error(words("decide.time_wrong"));
    if (!picker.chosen) throw new Error(words("decide.choose_place"));
    const body = { site: place.site, space: picker.chosen, group: group.value.trim(), title: title.value.trim(), people: Number(people.value), start: span.start, end: span.end };
    if (use.value) body.function = use.value;
    const made = await post("/bookings", body);
    done(made);
    const when = `${dayClock(made.start, language())}–${made.end.slice(11, 16)}`;
    return { summary: words(made.state === "asked" ? "decide.booked_asked" : "decide.booked", { title: made.title, when, code: made.code ?? "" }) };
  });
  read();
  return form;
}

// Somebody stands at the door: the space is theirs from now on, and they are checked in.
export function walkInForm(place, outcome, done, mayUse) {
  const begin = Math.floor(now() / GRID) * GRID;
  const people = peopleInput(place);
  const until = make("input", { name: "until", type: "time", required: true, step: STEP, value: later(toLocal(begin, place.zone), 60).slice(11) });
  const group = make("input", { name: "group", maxlength: 200, list: "groups", autocomplete: "off", placeholder: words("decide.walk_in_group") });
  const note = make("p", { class: "lead", role: "status" });
  const picker = new PlacePicker(place.site, place.space, mayUse);
  const span = () => {
    const local = toLocal(Math.floor(now() / GRID) * GRID, place.zone);
    return spanOf(local.slice(0, 10), local.slice(11), until.value, place.zone);
  };
  const read = () => {
    const found = span();
    setText(note, found?.note ?? "");
    picker.ask(found && { start: found.start, end: found.end, people: people.value || 1, group: group.value.trim() });
  };
  for (const one of [people, until, group]) one.onchange = read;
  const form = make(
    "form",
    { class: "act-form" },
    groupsList(place.site),
    make("div", { class: "fields" }, field(words("decide.people"), people), field(words("decide.until"), until), field(words("decide.group_optional"), group)),
    note,
    picker.element,
    submit(words("decide.walk_in_do")),
  );
  onSubmit(form, outcome, async () => {
    const found = span();
    if (!found) throw new Error(words("decide.time_wrong"));
    if (!picker.chosen) throw new Error(words("decide.choose_place"));
    const who = group.value.trim() || words("decide.walk_in_group");
    const made = await post("/bookings", { site: place.site, space: picker.chosen, group: who, people: Number(people.value), start: found.start, end: found.end });
    // Where a host has to agree nobody is let in before.
    const decision = made.state === "asked" ? { summary: words("decide.booked_asked", { title: made.title, when: made.end.slice(11, 16), code: made.code ?? "" }) } : await post(`/bookings/${encodeURIComponent(made.id)}/check-in`);
    done(decision);
    return decision;
  });
  read();
  return form;
}

export function moveForm(booking, place, outcome, done, mayUse) {
  const start = make("input", { name: "start", type: "datetime-local", required: true, step: STEP, value: toLocal(booking.start, place.zone) });
  start.disabled = booking.state === "in_use"; // only where they are can change, not when
  const note = make("p", { class: "lead", role: "status" });
  const picker = new PlacePicker(place.site, booking.space, mayUse);
  const instant = () => instantOf(start.value, place.zone);
  const read = () => {
    const found = instant();
    setText(note, found?.note ?? "");
    picker.ask(found && { booking: booking.id, start: found.instant });
  };
  start.onchange = read;
  const form = make(
    "form",
    { class: "act-form" },
    make("h3", {}, words("decide.move_title", { title: booking.title })),
    make("div", { class: "fields" }, field(words("decide.new_start"), start)),
    note,
    picker.element,
    submit(words("decide.move_do")),
  );
  onSubmit(form, outcome, async () => {
    if (!picker.chosen) throw new Error(words("decide.choose_place"));
    const body = { space: picker.chosen };
    if (!start.disabled && instant()?.instant) body.start = instant().instant;
    const decision = await post(`/bookings/${encodeURIComponent(booking.id)}/move`, body);
    done(decision);
    return decision;
  });
  read();
  return form;
}

// A space that cannot be used: first what would become of its bookings, then yes or no.
export function blockForm(place, outcome, done) {
  const begin = nextHour(place.zone);
  const from = make("input", { name: "from", type: "datetime-local", required: true, step: STEP, value: begin });
  const to = make("input", { name: "to", type: "datetime-local", required: true, step: STEP, value: later(begin, 120) });
  const cause = select(CAUSES.map((one) => [one, words(`decide.cause_${one}`)]), { name: "cause" });
  const why = make("input", { name: "why", required: true, maxlength: 200, autocomplete: "off" });
  const shift = select(SHIFTS.map((one) => [String(one), one ? words("decide.shift", { n: one }) : words("decide.shift_none")]), { name: "shift" });
  const preview = make("div", { class: "preview", role: "group", "aria-label": words("decide.block_preview"), hidden: true });
  const form = make(
    "form",
    { class: "act-form" },
    make(
      "div",
      { class: "fields" },
      field(words("decide.from"), from), field(words("decide.to"), to), field(words("decide.cause"), cause),
      field(words("decide.why"), why, { class: "wide" }), field(words("decide.shift_label"), shift, { class: "wide" }),
    ),
    submit(words("decide.block_look")),
    preview,
  );
  onSubmit(form, outcome, async () => {
    const [start, end] = [from, to].map((one) => instantOf(one.value, place.zone)?.instant);
    if (!start || !end) throw new Error(words("decide.time_wrong"));
    preview.hidden = true;
    const found = await post("/disturbances", { site: place.site, space: place.space, start, end, cause: cause.value, why: why.value.trim(), max_shift_min: Number(shift.value), apply: "propose" });
    drawProposal(preview, found, place.names, outcome, (decision) => {
      preview.hidden = true;
      done(decision);
    });
    return null;
  });
  return form;
}

// What a proposal would change, and the answer to it: the page of decisions shows the same.
export function drawProposal(element, proposal, names, outcome, done) {
  const buttons = ["agree", "decline"].map((how) => {
    const button = make("button", { type: "button", class: how === "agree" ? "primary" : null, "data-act": how }, words(`decide.proposal_${how}`));
    button.onclick = () =>
      doing(button, outcome, async () => {
        const decision = await post(`/proposals/${encodeURIComponent(proposal.id)}/${how}`);
        done(decision);
        return decision;
      });
    return button;
  });
  element.replaceChildren(
    make("p", { class: "summary" }, proposal.summary),
    drawMoves(proposal, names),
    proposal.proven === false ? make("p", { class: "lead" }, words("decide.not_proven")) : "",
    make("p", { class: "actions" }, ...buttons),
  );
  element.hidden = false;
}

// Each booking that would go elsewhere, or has nowhere to go.
export function drawMoves(proposal, names) {
  if (!proposal.moves.length) return make("p", {}, words("decide.moves_none"));
  const name = (space) => names.get(`${proposal.site}/${space}`) ?? space;
  const moves = proposal.moves.map((move) => {
    const from = { group: move.group, space: name(move.from.space), at: dayClock(move.from.start, language()) };
    return move.to
      ? make("li", {}, words("decide.moves_to", { ...from, to: name(move.to.space), to_at: dayClock(move.to.start, language()) }))
      : make("li", { class: "lost" }, words("decide.moves_lost", from));
  });
  return make("ul", { class: "moves" }, ...moves);
}

export function messageForm(place, outcome, done) {
  const text = make("input", { name: "text", required: true, maxlength: 120, autocomplete: "off" });
  const minutes = select(STANDS.map((one) => [String(one), words("decide.message_minutes", { n: one })]), { name: "minutes" }, "30");
  const path = `/spaces/${encodeURIComponent(place.site)}/${encodeURIComponent(place.space)}/message`;
  const off = make("button", { type: "button" }, words("decide.message_off"));
  off.onclick = () =>
    doing(off, outcome, async () => {
      await remove(path);
      return { summary: words("decide.message_gone") };
    });
  const form = make(
    "form",
    { class: "act-form" },
    make("div", { class: "fields" }, field(words("decide.message"), text, { class: "wide" }), field(words("decide.message_for"), minutes)),
    make("p", { class: "actions" }, make("button", { type: "submit", class: "primary" }, words("decide.message_do")), off),
  );
  onSubmit(form, outcome, async () => {
    await put(path, { text: text.value.trim(), minutes: Number(minutes.value) });
    done(null);
    return { summary: words("decide.message_there") };
  });
  return form;
}

export async function unlock(place, button, outcome) {
  if (!(await ask(words("decide.ask_unlock", { name: place.name }), words("decide.sure_unlock")))) return;
  await doing(button, outcome, async () => {
    const answer = await post(`/spaces/${encodeURIComponent(place.site)}/${encodeURIComponent(place.space)}/unlock`);
    return { summary: words("decide.unlocked", { device: answer.device ?? "" }) };
  });
}

function onSubmit(form, outcome, work) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    await doing(form.querySelector("button[type=submit]"), outcome, work);
  };
}

const submit = (text) => make("p", { class: "actions" }, make("button", { type: "submit", class: "primary" }, text));

function peopleInput(place) {
  return make("input", { name: "people", type: "number", required: true, min: 1, max: 100000, inputmode: "numeric", value: Math.min(place.capacity ?? 1, 4) });
}

let groups = null; // site → names, read once: they help to type, and what is not among them is as good

function groupsList(site) {
  const list = make("datalist", { id: "groups" });
  groups ??= get("/groups").then((answer) => answer.items).catch(() => []);
  groups.then((items) => list.replaceChildren(...items.filter((one) => one.site === site).map((one) => make("option", { value: one.name }))));
  return list;
}

const nextHour = (zone) => toLocal(Math.ceil(now() / (15 * MINUTE)) * 15 * MINUTE, zone);

// Some minutes later by the clock on the wall; only to begin with, so that a change of clocks may be off by its hour.
const later = (local, minutes) => new Date(Date.parse(`${local}Z`) + minutes * MINUTE).toISOString().slice(0, 16);

function instantOf(local, zone) {
  try {
    const found = toInstant(local, zone);
    return { instant: found.instant, note: found.kind === "exact" ? "" : words(`decide.time_${found.kind}`, { at: found.instant.slice(11, 16) }) };
  } catch {
    return null;
  }
}

// From one time of a day to another; one that is not later is of the next day.
function spanOf(day, from, to, zone) {
  const start = instantOf(`${day}T${from}`, zone);
  const end = start && /^\d{4}-\d{2}-\d{2}$/.test(day) ? instantOf(`${to > from ? day : addDays(day, 1)}T${to}`, zone) : null;
  return start && end ? { start: start.instant, end: end.instant, note: start.note || end.note } : null;
}
