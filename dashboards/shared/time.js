// The community's clock, which may run faster than the machine's, and times and durations in words.

import { words } from "./words.js";

let base = null;
let chosen = null; // the zone of the site that is looked at; null: that of the first

// `answer` is GET /clock. Between two answers the browser's own steady clock carries the time on.
export function setClock(answer) {
  base = {
    at: Date.parse(answer.now),
    speed: answer.speed,
    staleAfter: answer.stale_after_s * 1000,
    zone: answer.zone,
    sites: answer.sites ?? [],
    mark: performance.now(),
  };
}

// Making one takes milliseconds on a phone, and the clock is drawn several times a second.
const formats = new Map();

function format(locale, parts) {
  const key = `${locale} ${zone()} ${Object.entries(parts)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone(), ...parts }));
  return formats.get(key);
}

// Every site: {id, name, zone}.
export const sites = () => base?.sites ?? [];
export const siteOf = (id) => sites().find((site) => site.id === id) ?? null;
export const zone = () => chosen ?? base.zone;

export function useZone(name) {
  chosen = name;
}

export function now() {
  return base === null ? null : base.at + (performance.now() - base.mark) * base.speed;
}

export const speed = () => (base === null ? 1 : base.speed);
export const staleAfter = () => base.staleAfter;

// An RFC 3339 instant carries the site's own offset: its wall clock can be read off it.
export const wallClock = (instant) => instant.slice(11, 16);

// The same with its date in front, unless that is today's.
export function dayClock(instant, language) {
  if (instant.slice(0, 10) === localDay()) return wallClock(instant);
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const date = format(locale, { weekday: "short", month: "numeric", day: "numeric" });
  return `${date.format(new Date(instant))} ${wallClock(instant)}`;
}

// The local day of an instant, or of now, in the zone that is looked at.
export function localDay(at = now()) {
  return format("en-CA", {}).format(new Date(at));
}

export function clockFace(language) {
  const at = new Date(now());
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const time = format(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const date = format(locale, { month: "long", day: "numeric", weekday: "long" });
  return { time: time.format(at), date: date.format(at) };
}

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return words("page.duration_seconds", { n: seconds });
  if (minutes < 60) return words("page.duration_minutes", { n: minutes });
  const days = Math.floor(hours / 24);
  if (hours < 24 && minutes % 60 === 0) return words("page.duration_whole_hours", { h: hours });
  if (hours < 24) return words("page.duration_hours", { h: hours, m: minutes % 60 });
  if (hours % 24 === 0) return words("page.duration_whole_days", { d: days });
  return words("page.duration_days", { d: days, h: hours % 24 });
}

export function countdown(until) {
  const seconds = Math.ceil((Date.parse(until) - now()) / 1000);
  if (seconds <= 0) return words("page.due");
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return words("page.left", { time: hours ? `${hours}:${rest}` : rest });
}
