// One supply window in words, with its terms and the way to lend it no more.

import { ask } from "../shared/ask.js";
import { make } from "../shared/dom.js";
import { answerLine, busy } from "../shared/forms.js";
import { remove } from "../shared/http.js";
import { functionName, listed, shortDay, WEEKDAYS } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

export function drawWindow(window, onGone) {
  const line = answerLine();
  const button = make("button", { type: "button" }, words("partner.take_back"));
  button.setAttribute("aria-label", `${words("partner.take_back")}: ${daysText(window)} ${window.start}–${window.end}`);
  button.onclick = async () => {
    const means = make("p", {}, words("partner.take_back_means"));
    if (!(await ask(words("partner.take_back_question"), words("partner.take_back"), means))) return;
    await busy(button, line, async () => {
      await remove(`/supply/${window.site}/${window.id}`);
      await onGone();
    });
  };
  return make(
    "li",
    { "data-supply": window.id },
    make("p", {}, make("strong", {}, `${daysText(window)} ${window.start}–${window.end}`)),
    make("p", { class: "lead" }, listed(window.functions.map(functionName))),
    make("ul", { class: "terms" }, ...termsOf(window).map((text) => make("li", {}, text))),
    make("p", { class: "actions" }, button),
    line,
  );
}

export function daysText(window) {
  const weekly = /^FREQ=WEEKLY;BYDAY=([A-Z,]+)$/.exec(window.rrule ?? "");
  if (window.rrule && !weekly) return words("partner.by_rule", { rule: window.rrule });
  const days = weekly ? WEEKDAYS.filter((day) => weekly[1].split(",").includes(day.slice(0, 2).toUpperCase())) : window.days;
  if (days.length === WEEKDAYS.length) return words("vocabulary.every_day");
  return listed(days.map(shortDay));
}

export function termsOf(window) {
  const hours = (minutes) => words("partner.hours", { n: Math.round(minutes / 6) / 10 });
  const found = [];
  if (window.valid_from || window.valid_until) {
    found.push(words("partner.valid", { from: window.valid_from ?? "…", until: window.valid_until ?? "…" }));
  }
  if (window.notice_min) found.push(words("partner.notice_of", { time: hours(window.notice_min) }));
  found.push(words(`partner.approval_${window.approval}`));
  if (window.groups.length) found.push(words("partner.groups_only", { groups: listed(window.groups) }));
  for (const term of window.recall) {
    found.push(words(term.with_replacement ? "partner.recall_with" : "partner.recall_of", { time: hours(term.before_min) }));
  }
  if (!window.recall.length) found.push(words("partner.recall_never"));
  for (const text of [window.terms, window.rules]) if (text) found.push(text);
  return found;
}
