// The page of usage figures: asks for a period and some spaces, shows what became of them, and compares with another period.

import { byId, make, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { now } from "../shared/time.js";
import { language, words } from "../shared/words.js";
import { Choice } from "./usagechoice.js";
import { DayChart } from "./daychart.js";
import { dayName, figure, fullDay, number } from "./usageformat.js";
import { heatTable, legend } from "./heatmap.js";
import { open } from "./page.js";
import { chargingTable, functionTable, groupTable, partnerTable, spaceTable } from "./usagetables.js";
import { tiles } from "./usagetiles.js";
import { figureTable } from "./figuretable.js";

const METRICS = [
  ["occupied_h", "use", 1],
  ["heads", "use", 0],
  ["person_h", "use", 1],
  ["bookings", "bookings", 0],
  ["ghosts", "ghosts", 0],
];
const NARROW = matchMedia("(max-width: 52rem)");

let choice = null;
let asking = 0;
let metric = "occupied_h";
let what = "people";
let heat = null;
let shownChart = null;

async function begin() {
  const [{ items: spaces }, clock] = await Promise.all([get("/spaces"), get("/clock")]);
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: clock.zone }).format(new Date(now()));
  choice = new Choice(byId("choice"), spaces, today, show);
  byId("choice").append(
    make("span", { class: "actions" }, button("usage.print", () => print()), make("a", { id: "report", class: "button" }, words("usage.report"))),
  );
  NARROW.onchange = () => heat && drawHeat();
  await show();
}

function button(key, act) {
  const element = make("button", { type: "button" }, words(key));
  element.onclick = act;
  return element;
}

// Ask for everything at once and show it; an answer that a newer question has overtaken is dropped.
async function show() {
  const asked = ++asking;
  const state = byId("state");
  const days = choice.days();
  if (days === null) return setText(state, words("usage.from_after_to"));
  setText(state, words("usage.loading"));
  byId("figures").setAttribute("aria-busy", "true");
  const query = choice.query(days);
  const figures = new URLSearchParams(query);
  const compared = choice.compared(days);
  if (compared) {
    figures.set("compare_from", compared[0]);
    figures.set("compare_to", compared[1]);
  }
  const some = new URLSearchParams({ site: query.get("site"), from: query.get("from"), to: query.get("to") });
  try {
    const [answer, cells, lent, charged] = await Promise.all([
      get(`/usage/figures?${figures}`),
      get(`/usage/heatmap?${query}`),
      get(`/usage/partners?${some}`),
      get(`/usage/charging?${some}`),
    ]);
    if (asked !== asking) return undefined;
    setText(state, "");
    draw(answer, cells, lent, charged, query, days);
  } catch (problem) {
    if (asked === asking) setText(state, words("page.failed", { reason: problem.message }));
  } finally {
    if (asked === asking) byId("figures").removeAttribute("aria-busy");
  }
  return undefined;
}

function draw(answer, cells, lent, charged, query, [from, to]) {
  const names = { site: answer.site.name, from: fullDay(from), to: fullDay(to) };
  setText(byId("lead"), words(from === to ? "usage.lead_day" : "usage.lead", names));
  byId("restricted").hidden = !answer.restricted;
  setText(byId("restricted"), words("usage.restricted", { k: answer.k }));
  byId("report").href = `/usage/report?site=${encodeURIComponent(answer.site.id)}&month=${choice.month([from, to])}`;
  const page = byId("figures");
  page.hidden = false;
  if (answer.items.length === 0) {
    page.replaceChildren(make("p", { class: "lead" }, words("usage.no_spaces")));
    return;
  }
  const several = answer.items.filter((row) => row.in_total).length > 1;
  const whole = !query.has("space") && !query.has("function");
  page.replaceChildren(
    panel("summary", null, make("ul", { class: "tile-figures" }, ...tiles(answer.total, answer.compare?.total ?? null, several))),
    ...(answer.days.length > 1 ? [byDay(answer, query)] : []),
    heatPanel(cells, query),
    panel("by_space", csv("spaces", query), spaceTable(answer)),
    ...(answer.functions.length ? [panel("by_function", csv("functions", query), functionTable(answer.functions))] : []),
    ...(answer.groups?.length ? [panel("by_group", csv("groups", query), groupTable(answer.groups))] : []),
    ...(whole && lent.items.length > 1 ? [panel("partners", csv("partners", query), partnerTable(lent.items))] : []),
    ...(whole && charged.items.length > 1 ? [panel("charging", csv("charging", query), chargingTable(charged.items))] : []),
  );
}

function panel(key, control, ...content) {
  const title = make("h2", { id: `title-${key}` }, words(`usage.${key}`));
  const head = make("header", { class: "panel-head" }, title, control);
  return make("section", { class: "panel", id: `panel-${key}`, "aria-labelledby": `title-${key}` }, head, ...content);
}

function csv(table, query) {
  const title = words(table === "spaces" ? "usage.by_space" : `usage.${{ days: "by_day", functions: "by_function", groups: "by_group", heatmap: "heat" }[table] ?? table}`);
  return make(
    "a",
    { class: "button csv", href: `/api/v1/usage/export.csv?${query}&table=${table}&lang=${language()}`, download: true, "aria-label": words("usage.csv_of", { table: title }) },
    words("usage.csv"),
  );
}

function byDay(answer, query) {
  const box = make("div", { class: "chart" });
  const failed = make("p", { class: "answer", role: "status" });
  shownChart?.close();
  const chart = new DayChart(box);
  shownChart = chart;
  const table = make("div", {});
  const draw_ = () => {
    const [name, family, digits] = METRICS.find(([one]) => one === metric);
    const values = (days) => days.map((day) => day[family][name]);
    const label = words("usage.chart_label", { metric: words(`usage.metric_${name}`), n: answer.days.length });
    const before = answer.compare ? values(answer.compare.days) : null;
    chart
      .show(answer.days.map((day) => day.day), values(answer.days), before, label)
      .catch(() => setText(failed, words("usage.chart_failed")));
    table.replaceChildren(dayTable(answer, name, family, digits));
  };
  const metrics = choices("metric", METRICS.map(([name]) => [name, words(`usage.metric_${name}`)]), metric, (chosen) => {
    metric = chosen;
    draw_();
  });
  const section = panel(
    "by_day",
    csv("days", query),
    metrics,
    box,
    failed,
    make("details", {}, make("summary", {}, words("usage.as_table")), table),
  );
  queueMicrotask(draw_); // when it has its place, and with it a width
  return section;
}

function dayTable(answer, name, family, digits) {
  const before = answer.compare?.days ?? null;
  const shown = (day) => (day ? figure(day[family], name, (value) => number(value, digits)) : "–");
  const rows = answer.days.map((day, place) => ({ day, other: before?.[place] ?? null }));
  const columns = [
    { head: words("usage.day"), text: true, value: (row) => row.day.day, show: (row) => dayName(row.day.day, { month: "short", day: "numeric", weekday: "short" }) },
    { head: words("usage.this_period"), value: (row) => row.day[family][name], show: (row) => shown(row.day) },
  ];
  if (before) columns.push({ head: words("usage.other_period"), value: (row) => row.other?.[family][name], show: (row) => shown(row.other) });
  return figureTable({ caption: words("usage.by_day"), columns, rows });
}

// A few buttons of which one is chosen.
function choices(name, options, chosen, choose) {
  const group = make("div", { class: "actions choices", role: "group", "aria-label": words(`usage.${name === "metric" ? "metric" : "heat_what"}`) });
  for (const [value, text] of options) {
    const one = make("button", { type: "button", "aria-pressed": String(value === chosen), "data-value": value }, text);
    one.onclick = () => {
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === one));
      choose(value);
    };
    group.append(one);
  }
  return group;
}

function heatPanel(answer, query) {
  const uncounted = answer.items.every((cell) => cell.people === null);
  const shown = uncounted ? "share" : what;
  heat = { answer, box: make("div", {}), what: shown };
  const control = choices("heat_what", ["people", "share"].map((one) => [one, words(`usage.heat_${one}`)]), shown, (chosen) => {
    what = heat.what = chosen;
    drawHeat();
  });
  const section = panel("heat", csv("heatmap", query), control, heat.box);
  drawHeat();
  return section;
}

function drawHeat() {
  const { answer, box, what: shown } = heat;
  const detail = make("p", { class: "heat-detail", "aria-live": "polite" }, words("usage.heat_hint"));
  const caption = `${words("usage.heat_caption")} · ${words(`usage.heat_${shown}`)}`;
  const table = heatTable(answer.items, shown, { down: NARROW.matches, detail, caption });
  box.replaceChildren(make("div", { class: "scroll" }, table), detail, legend(answer.items, shown, answer));
}

let begun = false;
await open("usage.title", async () => {
  if (begun) return;
  begun = true;
  await begin();
});
