// Figures of usage in words: numbers by locale, hours, shares, changes. What is not known is never shown as nothing.

import { functionName } from "../shared/vocabulary.js";
import { language, words } from "../shared/words.js";

const NONE = "–";

const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");

export function number(value, digits = 0) {
  if (value == null) return NONE;
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

// Hours with one digit while they are few.
export const hourCount = (value) => number(value, Math.abs(value ?? 0) < 100 ? 1 : 0);

export function hours(value) {
  return value == null ? NONE : words("usage.hours", { n: hourCount(value) });
}

export function minutes(value) {
  return value == null ? NONE : words("usage.minutes", { n: number(value) });
}

export function percent(value) {
  if (value == null) return NONE;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: value > 0 && value < 0.1 ? 1 : 0 }).format(value);
}

export function kwh(value) {
  return value == null ? NONE : words("usage.kwh", { n: number(value, 1) });
}

export const hidden = () => words("usage.hidden");

// A figure of a family: `show` of its value, or that it is hidden because it is too small.
export function figure(family, name, show) {
  return family.suppressed ? hidden() : show(family[name]);
}

// How a figure changed: [sign, sentence]; null where one of the two is not known. Shares change by points.
export function change(now, before, isShare = false) {
  if (now == null || before == null) return null;
  const by = now - before;
  if (isShare) {
    const points = Math.round(by * 100);
    return [Math.sign(points), words("usage.change_points", { n: number(Math.abs(points)) })];
  }
  if (before === 0) return now === 0 ? [0, percent(0)] : null;
  const part = Math.abs(by / before);
  return [part < 0.005 ? 0 : Math.sign(by), percent(part)];
}

export function changeSentence(found) {
  if (found === null) return "";
  const [sign, by] = found;
  if (sign === 0) return words("usage.change_same");
  return words(sign > 0 ? "usage.change_up" : "usage.change_down", { change: by });
}

// What bookings were for; empty: they do not say.
export const usedFor = (id) => (id ? functionName(id) : words("usage.no_function"));

// A local day (2026-11-03) as people say it.
export function dayName(day, options = { month: "short", day: "numeric" }) {
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(new Date(`${day}T00:00:00Z`));
}

export const fullDay = (day) => dayName(day, { year: "numeric", month: language() === "zh" ? "long" : "short", day: "numeric" });
export const monthName = (month) => dayName(`${month}-01`, { year: "numeric", month: "long" });
export const two = (value) => String(value).padStart(2, "0");
export const clock = (hour) => `${two(hour)}:00`;
