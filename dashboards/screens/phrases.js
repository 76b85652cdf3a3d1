// Sentences that door and preview say alike: until when, what follows, how old it is.

import { now, wallClock } from "../shared/time.js";
import { both, say, spoken, span } from "./speech.js";

// The second line of a state: until when it holds, or what it means.
export function detail(one) {
  if (one.status === "free" || one.status === "unknown") {
    const key = one.status === "free" ? "free" : "unbooked";
    if (one.free_until === null) return both(`screen.${key}_all_day`);
    return both(`screen.${key}_until`, { time: wallClock(one.free_until) });
  }
  if (one.status === "closed" && one.opens_at !== null) return both("screen.opens_at", { time: wallClock(one.opens_at) });
  if (one.status === "closed" && one.now === null) return both("screen.closed_today");
  if (one.status === "held") return both("screen.hint_held");
  if (one.status === "booked") return both("screen.hint_booked");
  if (one.status === "in_use") return one.now === null ? both("screen.hint_walk_in") : both("screen.until", { time: wallClock(one.now.end) });
  return null;
}

export const times = (activity) => `${wallClock(activity.start)}–${wallClock(activity.end)}`;

// When something begins, with the day when it is not today's.
export function begins(activity, language, zone) {
  const time = wallClock(activity.start);
  return dayOf(activity.start) === today(zone) ? time : say("screen.tomorrow", { time }, language);
}

export function today(zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(now()));
}

const dayOf = (instant) => instant.slice(0, 10);

// What is said when the server is not heard: how old this is, as far as anybody can tell.
export function lostWords(feed) {
  if (feed.answer === null) return both("screen.waiting");
  const age = feed.age();
  const time = wallClock(feed.at);
  if (age === null) return both("screen.lost_when", { time });
  return spoken((language) => say("screen.lost", { age: span(age, language), time }, language));
}

export function left(until) {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now()) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

// Of a list that is cut off at its end show the rows that are whole, and hide the others.
export function whole(list) {
  for (const row of list.children) row.hidden = false;
  const end = list.getBoundingClientRect().bottom + 1;
  for (const row of list.children) row.hidden = row !== list.firstElementChild && row.getBoundingClientRect().bottom > end;
}
