// The heat map: a real table of weekday × hour whose cells have a colour and a number. On narrow screens the hours go down.

import { make, setText } from "../shared/dom.js";
import { clock, hidden, number, percent } from "./usageformat.js";
import { weekday, WEEKDAYS } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const DAYS = [0, 1, 2, 3, 4, 5, 6];
const STEPS = 6;
const LITTLE = 0.5; // below this share a cell was observed too little to be relied on

// The hours worth showing: from the first to the last in which anybody was there, the day's core at least.
function hoursOf(cells) {
  const used = cells.filter((cell) => cell.occupied_share > 0 || cell.suppressed).map((cell) => cell.hour);
  const first = Math.min(8, ...used);
  const last = Math.max(20, ...used);
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

const valueOf = (cell, what) => (what === "people" ? cell.people : cell.occupied_share);

// `what` is people or share. `detail` is the element that tells of the cell under pointer or focus; none on paper.
export function heatTable(cells, what, { down = false, detail = null, caption }) {
  const hours = hoursOf(cells);
  const at = (weekday, hour) => cells[weekday * 24 + hour];
  const most = Math.max(...cells.map((cell) => valueOf(cell, what) ?? 0)) || 1;
  const columns = down ? DAYS : hours;
  const rows = down ? hours : DAYS;
  const columnHead = (value) => (down ? words(`usage.short_${value}`) : String(value));
  const rowHead = (value) => (down ? clock(value) : words(`usage.short_${value}`));
  const grid = [];
  const lines = rows.map((row) => {
    const line = columns.map((column) => {
      const cell = down ? at(column, row) : at(row, column);
      return one(cell, what, most, detail);
    });
    grid.push(line);
    return make("tr", {}, make("th", { scope: "row" }, rowHead(row)), ...line);
  });
  const table = make(
    "table",
    { class: "heat", role: detail ? "grid" : null, "data-down": down },
    make("caption", { class: "aside" }, caption),
    make(
      "thead",
      {},
      make("tr", {}, make("td"), ...columns.map((value) => make("th", { scope: "col" }, columnHead(value)))),
    ),
    make("tbody", {}, ...lines),
  );
  if (detail) walk(table, grid);
  return table;
}

function one(cell, what, most, detail) {
  const value = valueOf(cell, what);
  const attributes = { tabindex: detail ? "-1" : null };
  let shown = "";
  if (cell.suppressed) {
    attributes["data-hidden"] = true;
    shown = "<5";
  } else if (!cell.observed_share) attributes["data-blind"] = true;
  else if (value == null) shown = "–";
  else {
    attributes["data-step"] = value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * STEPS));
    shown = what === "people" ? number(value, value < 9.95 ? 1 : 0) : number(value * 100);
    if (cell.observed_share < LITTLE) attributes["data-little"] = true;
  }
  const element = make("td", attributes, make("span", { "aria-hidden": detail ? true : null }, shown));
  if (detail) {
    const told = sentence(cell);
    element.setAttribute("aria-label", told);
    element.onmouseenter = element.onfocus = () => setText(detail, told);
  }
  return element;
}

function sentence(cell) {
  const said = [];
  if (!cell.observed_share) said.push(words("usage.heat_detail_none"));
  else if (cell.suppressed) said.push(`${hidden()} (${words("usage.hidden_long")})`);
  else {
    said.push(
      cell.people == null
        ? words("usage.heat_detail_uncounted")
        : words("usage.heat_detail_people", { people: number(cell.people, 1) }),
      words("usage.heat_detail_share", { share: percent(cell.occupied_share) }),
    );
  }
  if (cell.observed_share) {
    said.push(words("usage.heat_detail_observed", { share: percent(cell.observed_share), days: cell.days }));
  }
  const where = words("usage.heat_cell", {
    weekday: weekday(WEEKDAYS[cell.weekday]),
    from: clock(cell.hour),
    to: clock(cell.hour + 1),
  });
  return `${where} · ${said.join(" · ")}`;
}

// Arrow keys move within the table; the Tab key passes it in one step.
function walk(table, grid) {
  grid[0][0].tabIndex = 0;
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    const row = grid.findIndex((line) => line.includes(cell));
    if (row < 0) return;
    const column = grid[row].indexOf(cell);
    let next = null;
    if (event.key in MOVES) next = grid[row + MOVES[event.key][0]]?.[column + MOVES[event.key][1]];
    else if (event.key === "Home") next = grid[row][0];
    else if (event.key === "End") next = grid[row].at(-1);
    else return;
    event.preventDefault();
    if (!next) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

export function legend(cells, what, { restricted }) {
  const most = Math.max(...cells.map((cell) => valueOf(cell, what) ?? 0)) || 1;
  const show = (part) => (what === "people" ? number(most * part, most < 10 ? 1 : 0) : percent(most * part));
  const steps = Array.from({ length: STEPS }, (_, place) =>
    make("li", {}, make("i", { "data-step": place + 1 }), `≤ ${show((place + 1) / STEPS)}`),
  );
  return make(
    "ul",
    { class: "legend", "aria-label": words("usage.legend") },
    make("li", {}, make("i", { "data-step": 0 }), "0"),
    ...steps,
    make("li", {}, make("i", { "data-step": 2, "data-little": true }), words("usage.legend_little")),
    make("li", {}, make("i", { "data-blind": true }), words("usage.legend_none")),
    restricted ? make("li", {}, make("i", { "data-hidden": true }), words("usage.legend_hidden", { k: 5 })) : null,
  );
}
