// What another policy would have done lately, and would do soon: figures side by side and a sentence for each booking.

import { make } from "../../shared/dom.js";
import { wallClock } from "../../shared/time.js";
import { language, words } from "../../shared/words.js";

const FIGURES = ["warned", "released", "false_released", "recovered_min", "offers", "served"];

export function previewResult(found) {
  const days = words(found.whole ? "setup.preview_days" : "setup.preview_part", {
    since: day(found.since),
    until: day(found.until),
    n: found.bookings,
  });
  const rows = FIGURES.map((name) => {
    const [before, after] = [found.present[name], found.would[name]];
    return make(
      "tr",
      before === after ? {} : { class: "differs" },
      make("th", { scope: "row" }, words(`setup.figure_${name}`)),
      make("td", { class: "number" }, String(before)),
      make("td", { class: "number" }, String(after)),
      make("td", { class: "number" }, signed(after - before)),
    );
  });
  const head = ["", "setup.preview_present", "setup.preview_would", "setup.preview_difference"].map((key) =>
    key ? make("th", { scope: "col", class: "number" }, words(key)) : make("td", {}),
  );
  const differs = found.differs.map((one) => make("li", {}, differsText(one)));
  const soon = found.soon.map((one) => make("li", {}, soonText(one)));
  return make(
    "section",
    { class: "panel", "aria-labelledby": "preview-title" },
    make("h3", { id: "preview-title" }, words("setup.preview_title")),
    make("p", {}, days),
    make("div", { class: "scroll" }, make("table", { class: "compare" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))),
    make("p", { class: "hint" }, words("setup.preview_caveat")),
    make("h4", {}, words("setup.preview_soon")),
    soon.length ? make("ul", { class: "plain-list" }, ...soon) : make("p", { class: "hint" }, words("setup.preview_soon_none")),
    make("h4", {}, words("setup.preview_differs")),
    differs.length ? make("ul", { class: "plain-list" }, ...differs) : make("p", { class: "hint" }, words("setup.preview_same")),
    found.more ? make("p", { class: "hint" }, words("setup.preview_more", { n: found.more })) : null,
  );
}

const signed = (number) => (number > 0 ? `+${round(number)}` : number < 0 ? `−${round(-number)}` : "0");
const round = (number) => Math.round(number * 10) / 10;

function day(instant) {
  const locale = language() === "zh" ? "zh-CN" : "en-GB";
  const [year, month, date] = instant.slice(0, 10).split("-").map(Number);
  return new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", weekday: "short", timeZone: "UTC" }).format(
    new Date(Date.UTC(year, month - 1, date)),
  );
}

function fate(kind, at) {
  return words(`setup.fate_${kind}`, { at: at ? wallClock(at) : "" });
}

function differsText(one) {
  const params = {
    day: day(one.start),
    start: wallClock(one.start),
    end: wallClock(one.end),
    space: one.name,
    group: one.group,
    was: fate(one.was, one.was_at),
    would: fate(one.would, one.would_at),
  };
  return words("setup.differs", params) + (one.seen_later ? words("setup.differs_seen") : "");
}

function soonText(one) {
  const at = (instant) => (instant ? wallClock(instant) : words("setup.not_soon"));
  return words(`setup.soon_${one.kind}`, {
    space: one.name,
    group: one.group,
    present: at(one.present_at),
    would: at(one.would_at),
  });
}
