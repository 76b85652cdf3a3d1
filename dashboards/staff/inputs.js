// What a decision saw, told so that people can argue about it; the record itself is behind a fold.

import { make } from "../shared/dom.js";
import { dayClock, zone } from "../shared/time.js";
import { toInstant, toLocal } from "../shared/zoned.js";
import { language, words } from "../shared/words.js";

const KNOWN = new Set(["view", "policy"]);
const SINCE = 946_684_800_000; // a number beyond this, the year 2000, is an instant in milliseconds

export function drawInputs(item, names) {
  const view = item.inputs.view ?? {};
  const name = (key) => names.get(key) ?? key;
  const rows = [
    list("decide.seen_rooms", Object.entries(view.rooms ?? {}).map(([key, room]) => roomText(name(key), room))),
    list("decide.seen_bookings", Object.values(view.bookings ?? {}).map(bookingText)),
    list("decide.seen_requests", Object.values(view.requests ?? {}).map((one) => words("decide.seen_request", { title: one.title, group: one.group, n: one.people, minutes: one.duration_min }))),
    list("decide.seen_offers", Object.values(view.offers ?? {}).map((one) => words("decide.seen_offer", { group: one.group, span: spanText(one), expires: clock(one.expires) }))),
    list("decide.considered", item.considered.map(consideredText)),
    pairs("decide.seen_policy", item.inputs.policy ?? {}),
    pairs("decide.seen_other", Object.fromEntries(Object.entries(item.inputs).filter(([key]) => !KNOWN.has(key)))),
  ].filter(Boolean);
  const empty = rows.length === 0;
  return make(
    "div",
    {},
    make("p", { class: "sub" }, words("decide.inputs")),
    empty ? make("p", { class: "lead" }, words("decide.inputs_none")) : "",
    ...rows,
    empty ? "" : make("details", {}, make("summary", {}, words("decide.inputs_raw")), make("pre", { class: "raw", tabindex: "0" }, JSON.stringify({ inputs: item.inputs, considered: item.considered }, null, 2))),
  );
}

function list(key, texts) {
  if (!texts.length) return null;
  return make("section", {}, make("p", { class: "sub" }, words(key)), make("ul", {}, ...texts.map((text) => make("li", {}, text))));
}

function pairs(key, values) {
  const told = Object.entries(values).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length));
  if (!told.length) return null;
  const rows = told.flatMap(([name, value]) => [make("dt", {}, make("code", {}, name)), make("dd", {}, plain(value))]);
  return make("section", {}, make("details", {}, make("summary", {}, words(key)), make("dl", {}, ...rows)));
}

function roomText(name, room) {
  const { state } = room;
  if (!state) return name;
  const said = words(`board.${state.occupancy}`);
  return words("decide.seen_room", { name, state: said, since: clock(state.since), confidence: `${Math.round(state.confidence * 100)}%` });
}

const bookingText = (one) => words("decide.seen_booking", { title: one.title, group: one.group, span: spanText(one), state: words(`board.state_${one.state}`) });

const spanText = (one) => words("board.span", { start: clock(one.start), end: toLocal(one.end, zone()).slice(11) });

const clock = (at) => dayClock(toInstant(toLocal(at, zone()), zone()).instant, language());

// Who was considered, in which place of the line or why not at all.
function consideredText(one) {
  const who = one.group ?? one.title ?? one.request ?? "";
  return one.said ? words("decide.considered_one", { group: who, reason: one.said }) : plain(one);
}

function plain(value) {
  if (typeof value === "number" && value > SINCE) return clock(value);
  if (Array.isArray(value)) return value.map(plain).join(words("board.list_comma"));
  if (value !== null && typeof value === "object") return Object.entries(value).map(([key, one]) => `${key} ${plain(one)}`).join(words("board.list_comma"));
  return String(value);
}
