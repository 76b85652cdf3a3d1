// Uses, times and states of spaces, as residents read them.

import { make } from "../shared/dom.js";
import { shape } from "../shared/shapes.js";
import { dayClock, now, wallClock } from "../shared/time.js";
import { functionName } from "../shared/vocabulary.js";
import { language, words } from "../shared/words.js";

export const use = (name) => (name ? functionName(name) : words("resident.untitled"));
export const clock = (instant) => dayClock(instant, language());

// Until when a stretch is: the day is said once, and midnight ends the day it began on.
export function until(start, end) {
  if (start.slice(0, 10) === end.slice(0, 10)) return wallClock(end);
  return wallClock(end) === "00:00" && Date.parse(end) - Date.parse(start) <= 86_400_000 ? "24:00" : clock(end);
}

// "09:00–10:30", with its day in front unless that is today.
export const span = (start, end) => `${clock(start)}–${until(start, end)}`;

export function minutes(count) {
  if (count % 60 === 0) return words("resident.hours", { n: count / 60 });
  return words("resident.minutes", { n: count });
}

export const seats = (count) => (count === 1 ? words("resident.one_seat") : words("resident.seats", { n: count }));

const SHAPES = { free: "vacant", busy: "occupied", unknown: "unknown", closed: "silent" };

// The state of a space by shape and word; its colour comes from data-state.
export function stateOf(space) {
  return make("span", { class: "state", "data-state": space.state }, shape(SHAPES[space.state]), stateWords(space));
}

export function stateWords(space) {
  if (space.state === "busy" && space.until === null) return words("resident.state_there");
  if (space.state === "busy" && space.free !== null) return words("resident.state_there");
  return words(`resident.state_${space.state}`);
}

// Until when, in one phrase.
export function outlook(space) {
  if (!space.functions.length) return words("resident.drop_in");
  if (space.free !== null) {
    const sure = space.state === "free";
    if (restOfDay(space.free.end)) return words(sure ? "resident.free_all_day" : "resident.not_booked_today");
    const time = until(space.free.start, space.free.end);
    return words(sure ? "resident.free_until" : "resident.not_booked_until", { time });
  }
  if (space.next_free !== null) return words("resident.next_free", { time: clock(space.next_free.start) });
  if (space.state === "busy" && space.until !== null) return words("resident.busy_until", { time: clock(space.until) });
  return words("resident.not_today");
}

// Whether a stretch reaches midnight, or beyond.
function restOfDay(end) {
  return end.slice(11, 16) === "00:00" || Date.parse(end) - now() > 12 * 3_600_000;
}

