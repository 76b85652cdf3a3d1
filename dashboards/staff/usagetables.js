// The tables of usage: spaces, functions, groups, partners, charging; which columns each has.

import { figureTable } from "./figuretable.js";
import { make } from "../shared/dom.js";
import { change, changeSentence, figure, hourCount, number, percent, usedFor } from "./usageformat.js";
import { words } from "../shared/words.js";

const of = (family, name, show, head) => ({
  head: words(`usage.col_${head}`),
  value: (row) => row[family][name],
  show: (row) => figure(row[family], name, show),
});

const BOOKED = () => [
  of("bookings", "bookings", number, "bookings"),
  of("bookings", "booked_h", hourCount, "booked"),
  of("groups", "groups", number, "groups"),
  of("ghosts", "ghosts", number, "ghosts"),
  of("ghosts", "share", percent, "ghost_share"),
  of("released", "released_h", hourCount, "released"),
  of("released", "reused_h", hourCount, "reused"),
];

export function spaceTable(answer, { sortable = true, brief = false } = {}) {
  const before = new Map((answer.compare?.items ?? []).map((row) => [row.space, row]));
  const changed = (row) => {
    const was = before.get(row.space);
    return !was || row.use.suppressed || was.use.suppressed ? null : change(row.use.occupied_h, was.use.occupied_h);
  };
  const columns = [
    {
      head: words("usage.col_space"),
      text: true,
      value: (row) => row.name,
      show: (row) => (row.in_total ? row.name : [row.name, make("small", { title: words("usage.whole_note") }, " *")]),
    },
    of("use", "occupied_h", hourCount, "used"),
    ...(answer.compare
      ? [{ head: words("usage.col_change"), value: (row) => changed(row)?.[0] ?? null, show: (row) => changeSentence(changed(row)) || "–" }]
      : []),
    of("use", "open_used_share", percent, "open_share"),
    of("use", "peak", number, "peak"),
    of("use", "typical", number, "typical"),
    of("use", "heads", number, "heads"),
    of("use", "visits", number, "visits"),
    ...(brief ? [] : [of("use", "visit_min", number, "visit"), of("use", "unbooked_h", hourCount, "unbooked")]),
    of("bookings", "bookings", number, "bookings"),
    of("ghosts", "ghosts", number, "ghosts"),
    of("released", "released_h", hourCount, "released"),
    of("released", "reused_h", hourCount, "reused"),
    ...(brief ? [] : [of("walk_ins", "walk_ins", number, "walk")]),
    of("watched", "observed_share", percent, "observed"),
  ];
  return figureTable({
    caption: words("usage.by_space"),
    columns,
    rows: answer.items,
    total: answer.items.length > 1 ? { ...answer.total, name: words("usage.total"), in_total: true, space: "" } : null,
    sorted: 1,
    sortable,
  });
}

export function functionTable(rows, options = {}) {
  const name = { head: words("usage.col_function"), text: true, value: (row) => usedFor(row.function), show: (row) => usedFor(row.function) };
  return figureTable({ caption: words("usage.by_function"), columns: [name, ...BOOKED()], rows, sorted: 1, ...options });
}

export function groupTable(rows, options = {}) {
  const named = (row) => row.group || words("usage.residents");
  const name = { head: words("usage.col_group"), text: true, value: named, show: named };
  const columns = BOOKED().filter((column) => column.head !== words("usage.col_groups"));
  return figureTable({ caption: words("usage.by_group"), columns: [name, ...columns], rows, sorted: 1, ...options });
}

const flat = (name, show, head) => ({
  head: words(`usage.col_${head}`),
  value: (row) => row[name],
  show: (row) => (row.suppressed && row[name] === null ? figure({ suppressed: true }) : show(row[name])),
});

// Owners with their spaces below them; the order is theirs.
export function partnerTable(rows) {
  const [total, ...all] = rows;
  const spaces = (owner) => all.filter((row) => row.owner === owner && row.space);
  // Most lend one space: that is one line, named after both unless they are called the same.
  const owners = all.filter((row) => !row.space || spaces(row.owner).length > 1);
  const named = (row) => {
    const [only, more] = spaces(row.owner);
    if (more || only.name === row.owner) return row.owner;
    return words("usage.partner_space", { owner: row.owner, space: only.name });
  };
  const columns = [
    { head: words("usage.col_owner"), text: true, value: () => null, show: (row) => (row.space ? row.name : row.owner ? named(row) : words("usage.total")) },
    flat("lent_h", hourCount, "lent"),
    flat("used_h", hourCount, "lent_used"),
    flat("booked_h", hourCount, "booked"),
    flat("bookings", number, "bookings"),
    flat("groups", number, "groups"),
    flat("people", number, "people"),
  ];
  return figureTable({
    caption: words("usage.partners"),
    columns,
    rows: owners,
    total: owners.filter((row) => !row.space).length > 1 ? total : null,
    sortable: false,
    mark: (row) => (row.space ? "under" : null),
  });
}

export function chargingTable(rows, options = {}) {
  const [total, ...spaces] = rows;
  const columns = [
    { head: words("usage.col_space"), text: true, value: (row) => row.name, show: (row) => row.name || words("usage.total") },
    flat("ports", number, "ports"),
    flat("sessions", number, "sessions"),
    flat("energy_kwh", (value) => number(value, 1), "energy"),
    flat("in_use_h", hourCount, "in_use"),
    flat("in_use_share", percent, "in_use_share"),
    flat("faults", number, "faults"),
    flat("fault_h", hourCount, "fault_h"),
  ];
  return figureTable({ caption: words("usage.charging"), columns, rows: spaces, total: spaces.length > 1 ? total : null, sorted: 2, ...options });
}
