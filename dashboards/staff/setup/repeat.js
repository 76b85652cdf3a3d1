// On which days something happens: days of every week, every few weeks, once a month, or a rule (RFC 5545) as it is.

import { make } from "../../shared/dom.js";
import { listed, shortDay, weekday, WEEKDAYS } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import { dayControl, daysListControl, daysPicker, numberControl, selectControl, textControl } from "./controls.js";

const CODES = { mon: "MO", tue: "TU", wed: "WE", thu: "TH", fri: "FR", sat: "SA", sun: "SU" };
const NAMES = Object.fromEntries(Object.entries(CODES).map(([day, code]) => [code, day]));

// Return what a rule says in the words of this form; null where only the rule itself can say it.
export function readRule(rule) {
  const parts = Object.fromEntries(rule.toUpperCase().replace(/^RRULE:/, "").split(";").map((one) => one.split("=")));
  const { FREQ, INTERVAL = "1", BYDAY, UNTIL, ...others } = parts;
  if (Object.keys(others).length || (UNTIL && !/^\d{8}$/.test(UNTIL))) return null;
  const until = UNTIL ? `${UNTIL.slice(0, 4)}-${UNTIL.slice(4, 6)}-${UNTIL.slice(6)}` : null;
  const days = (BYDAY ?? "").split(",").filter(Boolean);
  if (FREQ === "WEEKLY" && days.length && days.every((one) => one in NAMES)) {
    return { mode: "weeks", interval: Number(INTERVAL), days: days.map((one) => NAMES[one]), until };
  }
  if (FREQ === "DAILY" && INTERVAL === "1" && !days.length) return { mode: "weeks", interval: 1, days: WEEKDAYS, until };
  const nth = /^(-?\d)([A-Z]{2})$/.exec(days[0] ?? "");
  if (FREQ === "MONTHLY" && INTERVAL === "1" && days.length === 1 && nth && ["1", "2", "3", "4", "-1"].includes(nth[1])) {
    return { mode: "month", nth: nth[1], day: NAMES[nth[2]], until };
  }
  return null;
}

// `value`: { days?, rrule, dtstart, exdate, rdate }. `weekly`: whether days of every week can be said without a rule.
export function repeatControl(value, { weekly }) {
  const known = value.rrule ? readRule(value.rrule) : null;
  const mode0 = !value.rrule ? (weekly ? "week" : "weeks") : known ? known.mode : "rule";
  const modes = [weekly ? "week" : null, "weeks", "month", "rule"].filter(Boolean);
  const mode = selectControl(mode0, modes.map((one) => [one, words(`setup.repeat_${one}`)]));
  mode.element.setAttribute("aria-label", words("setup.repeat"));
  const week = daysPicker(value.days ?? WEEKDAYS, words("setup.hours_days"));
  const interval = numberControl(known?.interval ?? 1, { min: 1, max: 52 });
  const weeks = daysPicker(known?.days ?? value.days ?? ["tue"], words("setup.hours_days"));
  const nth = selectControl(known?.nth ?? "1", ["1", "2", "3", "4", "-1"].map((one) => [one, words(`setup.nth_${one.replace("-", "last")}`)]));
  const day = selectControl(known?.day ?? "mon", WEEKDAYS.map((one) => [one, weekday(one)]));
  const rule = textControl(value.rrule ?? "FREQ=WEEKLY;BYDAY=TU", { max: 500, required: true });
  const from = dayControl(value.dtstart, { required: true });
  const until = dayControl(known?.until ?? null);
  const except = daysListControl(value.exdate ?? [], "");
  const besides = daysListControl(value.rdate ?? [], "");
  const labelled = (key, control) => make("label", {}, make("span", {}, words(key)), control.element);
  const parts = {
    week: [week.element],
    weeks: [weeks.element, labelled("setup.repeat_interval", interval)],
    month: [labelled("setup.repeat_nth", nth), labelled("setup.repeat_day", day)],
    rule: [labelled("setup.repeat_rrule", rule)],
  };
  const chosen = make("div", { class: "fields" });
  const range = make("div", { class: "fields" }, labelled("setup.repeat_from", from));
  const untilLabel = labelled("setup.repeat_until", until);
  range.append(untilLabel);
  const days = make(
    "details",
    {},
    make("summary", {}, words("setup.repeat_days")),
    make("p", { class: "hint" }, words("setup.repeat_except")),
    except.element,
    make("p", { class: "hint" }, words("setup.repeat_besides")),
    besides.element,
  );
  days.open = Boolean(value.exdate?.length || value.rdate?.length);
  const show = () => {
    const now = mode.read();
    chosen.replaceChildren(...parts[now]);
    range.hidden = days.hidden = now === "week";
    untilLabel.hidden = now === "rule";
  };
  mode.element.onchange = show;
  show();
  const text = () => {
    const end = until.read() ? `;UNTIL=${until.read().replaceAll("-", "")}` : "";
    switch (mode.read()) {
      case "weeks": {
        const every = interval.read() > 1 ? `;INTERVAL=${interval.read()}` : "";
        return `FREQ=WEEKLY${every};BYDAY=${weeks.read().map((one) => CODES[one]).join(",")}${end}`;
      }
      case "month":
        return `FREQ=MONTHLY;BYDAY=${nth.read()}${CODES[day.read()]}${end}`;
      default:
        return rule.read();
    }
  };
  // A rule that says the same in other letters stays as it was written.
  const same = () => known && JSON.stringify(readRule(text())) === JSON.stringify(known);
  return {
    element: make("div", { class: "repeat" }, mode.element, chosen, range, days),
    group: true,
    read: () => {
      if (mode.read() === "week") return { days: week.read(), rrule: null, dtstart: null, exdate: [], rdate: [] };
      return {
        ...(weekly ? { days: WEEKDAYS } : {}),
        rrule: same() ? value.rrule : text(),
        dtstart: from.read(),
        exdate: except.read().filter(Boolean),
        rdate: besides.read().filter(Boolean),
      };
    },
    fault: () => {
      const now = mode.read();
      if (now === "week") return week.fault();
      const own = { weeks: () => weeks.fault() || interval.fault(), month: () => "", rule: () => rule.fault() }[now]();
      if (own) return own;
      if (from.fault()) return words("setup.fault_from");
      return until.fault();
    },
  };
}

// The same in words, for the line of an entry.
export function repeatText(value) {
  const days = (list) => (list.length === 7 ? words("vocabulary.every_day") : listed(list.map(shortDay)));
  if (!value.rrule) return days(value.days);
  const known = readRule(value.rrule);
  if (known === null) return value.rrule;
  if (known.mode === "month") {
    const nth = words(`setup.nth_${known.nth.replace("-", "last")}`);
    return words("setup.monthly_on", { nth, day: weekday(known.day) });
  }
  return known.interval > 1 ? words("setup.every_weeks", { n: known.interval, days: days(known.days) }) : days(known.days);
}
