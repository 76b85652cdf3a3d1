// Bringing somebody's calendar in: first a look at what would be booked and what not and why, then the import.

import { byId, make } from "../shared/dom.js";
import { answerLine, busy, check, field, select, tell } from "../shared/forms.js";
import { request } from "../shared/http.js";
import { dayClock, wallClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const MARKS = { book: "+", move: "→", cancel: "×", keep: "=", skip: "–", refuse: "!" };

export function importForm(form, house) {
  const file = make("input", { type: "file", name: "file", accept: ".ics,text/calendar", required: true });
  const site = select([...house.sites.keys()].map((one) => [one, one]), { name: "site" });
  const space = select([], { name: "space" });
  const line = answerLine();
  const go = make("button", { type: "button", hidden: true }, words("calendar.import_do"));
  form.append(
    field(words("calendar.file"), file, { class: "wide" }),
    field(words("calendar.site"), site, { hidden: house.sites.size < 2 }),
    field(words("calendar.space"), space),
    field(words("calendar.import_group"), make("input", { name: "group", required: true, maxlength: 200, list: "known-groups" })),
    field(words("calendar.people"), make("input", { name: "people", type: "number", min: 1, max: 100000, value: 10, required: true })),
    make("div", { class: "wide checks" },
      check(words("calendar.all_or_nothing"), { name: "whole", checked: true }),
      check(words("calendar.titles"), { name: "titles", checked: true })),
    make("p", { class: "actions wide" }, make("button", { type: "submit", class: "primary" }, words("calendar.import_try")), go),
    line,
  );
  const fill = () => space.replaceChildren(...house.sites.get(site.value).map((one) => make("option", { value: one.space }, one.name)));
  site.onchange = fill;
  if (house.sites.size > 0) fill();
  const stale = () => {
    go.hidden = true;
    byId("preview").hidden = true;
    tell(line, "");
  };
  form.addEventListener("input", stale);
  form.onsubmit = (event) => {
    event.preventDefault();
    busy(form, line, async () => {
      const tried = await send(form, true);
      draw(tried);
      go.hidden = changes(tried) === 0 || (form.elements.whole.checked && tried.counts.refuse > 0);
      return go.hidden && tried.counts.refuse > 0 ? words("calendar.import_blocked") : "";
    });
  };
  go.onclick = () =>
    busy(form, line, async () => {
      const done = await send(form, false);
      draw(done);
      go.hidden = true;
      return words(done.done ? "calendar.import_done" : "calendar.import_blocked");
    });
}

const changes = (answer) => answer.counts.book + answer.counts.move + answer.counts.cancel;

async function send(form, dryRun) {
  const data = new FormData(form);
  const asked = new URLSearchParams({
    site: data.get("site"), space: data.get("space"), group: data.get("group").trim(), people: data.get("people"),
    dry_run: dryRun, all_or_nothing: data.has("whole"), titles: data.has("titles"),
  });
  return request("POST", `/calendars/import?${asked}`, new Blob([data.get("file")], { type: "text/calendar" }));
}

function draw(answer) {
  const box = byId("preview");
  const told = Object.entries(answer.counts).filter(([, count]) => count > 0);
  const sum = told.map(([action, n]) =>
    make("li", { class: "action", "data-action": action }, make("span", { "aria-hidden": "true" }, MARKS[action]), words(`calendar.n_${action}`, { n })));
  const head = ["calendar.when", "calendar.event", "calendar.becomes"].map((key) => make("th", { scope: "col" }, words(key)));
  box.replaceChildren(
    make("ul", { class: "sum" }, ...sum),
    answer.outside > 0 ? make("p", { class: "lead" }, words("calendar.outside", { n: answer.outside })) : "",
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words("calendar.import_table") },
      make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...answer.items.map(row)))),
  );
  box.hidden = false;
}

// A whole day is shown as its day.
function when(item) {
  if (!item.start) return "—";
  const begins = dayClock(item.start, language());
  const whole = wallClock(item.start) === "00:00" && wallClock(item.end) === "00:00";
  return whole ? begins.replace(/ 00:00$/, "") : `${begins}–${wallClock(item.end)}`;
}

function row(item) {
  const why = [item.why, item.rounded ? words("calendar.rounded") : null].filter(Boolean).join(" · ");
  return make(
    "tr",
    {},
    make("td", { class: "when" }, when(item)),
    make("td", {}, item.title || "—"),
    make("td", {},
      make("span", { class: "action", "data-action": item.action }, make("span", { "aria-hidden": "true" }, MARKS[item.action]), words(`calendar.do_${item.action}`)),
      why ? make("span", { class: "why" }, why) : ""),
  );
}
