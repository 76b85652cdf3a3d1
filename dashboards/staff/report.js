// The monthly report: one month of a site in sentences, tables and pictures that print on A4, in black and white as well.

import { byId, make, setText } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { get } from "../shared/http.js";
import { now } from "../shared/time.js";
import { language, words } from "../shared/words.js";
import { dayColumns } from "./reportchart.js";
import { daysBefore } from "./usagechoice.js";
import { heatTable, legend } from "./heatmap.js";
import { fullDay, monthName } from "./usageformat.js";
import { open } from "./page.js";
import { notes, summary } from "./reportwords.js";
import { chargingTable, functionTable, groupTable, partnerTable, spaceTable } from "./usagetables.js";

let clock = null;
let sites = [];

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: clock.zone }).format(new Date(now()));

function lastDay(month) {
  const [year, number] = month.split("-").map(Number);
  return `${month}-${String(new Date(Date.UTC(year, number, 0)).getUTCDate()).padStart(2, "0")}`;
}

async function begin() {
  const [{ items: spaces }, answer] = await Promise.all([get("/spaces"), get("/clock")]);
  clock = answer;
  sites = [...new Set(spaces.map((one) => one.site))];
  const asked = new URLSearchParams(location.search);
  const before = daysBefore("last_month", `${today().slice(0, 7)}-01`, lastDay(today().slice(0, 7)))[0].slice(0, 7);
  const month = make("input", {
    type: "month",
    value: /^\d{4}-(0[1-9]|1[0-2])$/.test(asked.get("month") ?? "") ? asked.get("month") : before,
    min: "2000-01",
    max: "2100-12",
    required: true,
  });
  const site = select(sites.map((one) => [one, one]), {}, sites.includes(asked.get("site")) ? asked.get("site") : sites[0] ?? null);
  const print_ = make("button", { type: "button", class: "primary" }, words("usage.print"));
  print_.onclick = () => print();
  const form = byId("choice");
  form.append(
    ...(sites.length > 1 ? [field(words("usage.site"), site)] : []),
    field(words("usage.report_month"), month),
    make("span", { class: "actions" }, print_),
  );
  form.onsubmit = (event) => event.preventDefault();
  const show_ = () => month.value && show(site.value, month.value);
  form.onchange = () => {
    const address = new URL(location.href);
    address.searchParams.set("site", site.value);
    address.searchParams.set("month", month.value);
    history.replaceState(null, "", address);
    show_();
  };
  await show_();
}

async function show(site, month) {
  const state = byId("state");
  setText(state, words("usage.loading"));
  const first = `${month}-01`;
  const last = lastDay(month);
  const running = first <= today() && today() < last;
  const end = running ? today() : last;
  const [beforeFrom, beforeTo] = daysBefore(running ? "month" : "last_month", first, end);
  const query = new URLSearchParams({ site, from: first, to: end });
  try {
    const [answer, cells, lent, charged] = await Promise.all([
      get(`/usage/figures?${query}&compare_from=${beforeFrom}&compare_to=${beforeTo}`),
      get(`/usage/heatmap?${query}`),
      get(`/usage/partners?${query}`),
      get(`/usage/charging?${query}`),
    ]);
    setText(state, "");
    draw({ month, before: beforeFrom.slice(0, 7), running, answer, cells, lent: lent.items, charged: charged.items });
  } catch (problem) {
    setText(state, words("page.failed", { reason: problem.message }));
  }
}

function draw(report) {
  const { month, running, answer, cells, lent, charged } = report;
  const title = words("usage.report_title", { month: monthName(month) });
  document.title = `${answer.site.name} · ${title}`;
  const made = answer.until.slice(0, 10);
  const time = `${fullDay(made)} ${answer.until.slice(11, 16)}`;
  const counted = cells.items.some((cell) => cell.people !== null);
  const heatKind = counted ? "people" : "share";
  const parts = [
    make(
      "header",
      { class: "report-head" },
      make("p", { class: "report-site" }, answer.site.name),
      make("h1", {}, title),
      running ? make("p", { class: "lead" }, words("usage.report_partial", { time })) : null,
    ),
    section("report_summary", ...summary(report).map((sentence) => make("p", { class: "say" }, sentence))),
    section("report_days", dayColumns(answer.days, words("usage.report_days_label", { month: monthName(month), most: "{most}" }))),
    section(
      "heat",
      make("p", { class: "lead" }, `${words("usage.heat_caption")} · ${words(`usage.heat_${heatKind}`)}`),
      heatTable(cells.items, heatKind, { caption: words("usage.heat") }),
      legend(cells.items, heatKind, answer),
    ),
    section("report_spaces", spaceTable({ ...answer, compare: null }, { sortable: false, brief: true })),
  ];
  if (answer.functions.length) parts.push(section("by_function", functionTable(answer.functions, { sortable: false })));
  if (answer.groups?.length) parts.push(section("by_group", groupTable(answer.groups, { sortable: false })));
  if (lent.length > 1) parts.push(section("partners", partnerTable(lent)));
  if (charged.length > 1) parts.push(section("charging", chargingTable(charged, { sortable: false })));
  parts.push(section("report_notes", make("ul", { class: "notes" }, ...notes(report).map((sentence) => make("li", {}, sentence)))));
  const page = byId("report");
  page.hidden = false;
  page.lang = language() === "zh" ? "zh-CN" : "en";
  page.replaceChildren(...parts);
}

function section(key, ...content) {
  return make("section", { class: `part part-${key}` }, make("h2", {}, words(`usage.${key}`)), ...content);
}

let begun = false;
await open("usage.report", async () => {
  if (begun) return;
  begun = true;
  await begin();
});
