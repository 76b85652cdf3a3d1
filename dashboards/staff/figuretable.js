// Tables of figures whose columns can be sorted: a real table, with the order said to screen readers.

import { make, setAttribute } from "../shared/dom.js";
import { words } from "../shared/words.js";

// A column: { head, show(row), value(row) for sorting, text: true for words instead of numbers }. `total` is a row shown
// last, whatever the order; `note(row)` marks rows. `sorted` is the place of the column to begin with, the largest first.
export function figureTable({ caption, columns, rows, total = null, sorted = null, sortable = true, mark = () => null }) {
  const body = make("tbody");
  const heads = columns.map((column, place) => {
    const head = make("th", { scope: "col", class: column.text ? null : "number" });
    if (!sortable) head.append(column.head);
    else {
      const button = make("button", { type: "button", class: "sort", title: words("usage.sort", { column: column.head }) }, column.head);
      button.onclick = () => sort(place);
      head.append(button);
    }
    return head;
  });
  let order = { place: sorted, down: true };

  function sort(place) {
    order = { place, down: order.place === place ? !order.down : !columns[place].text };
    fill();
  }

  function fill() {
    const shown = [...rows];
    if (order.place !== null) {
      const value = columns[order.place].value;
      shown.sort((a, b) => compare(value(a), value(b)) * (order.down ? -1 : 1));
    }
    heads.forEach((head, place) => {
      setAttribute(head, "aria-sort", place === order.place ? (order.down ? "descending" : "ascending") : null);
    });
    body.replaceChildren(...shown.map((row) => line(row)));
  }

  function line(row) {
    const cells = columns.map((column, place) => {
      const shown = column.show(row);
      if (place === 0) return make("th", { scope: "row" }, ...[shown].flat());
      return make("td", { class: column.text ? null : "number" }, ...[shown].flat());
    });
    return make("tr", { class: mark(row) }, ...cells);
  }

  const table = make(
    "table",
    { class: "figures-table" },
    make("caption", { class: "aside" }, caption),
    make("thead", {}, make("tr", {}, ...heads)),
    body,
  );
  if (total) table.append(make("tfoot", {}, line(total)));
  fill();
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, table);
}

// What is not known comes first when the smallest does, and last when the largest does.
function compare(a, b) {
  if (a == null || b == null) return (a != null) - (b != null);
  return typeof a === "string" ? a.localeCompare(b) : a - b;
}
