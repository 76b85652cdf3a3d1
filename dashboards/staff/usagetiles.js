// The figures of a period at a glance, each with what it rests on and how it changed.

import { make } from "../shared/dom.js";
import { change, changeSentence, hidden, hours, minutes, number, percent } from "./usageformat.js";
import { words } from "../shared/words.js";

// `total` is the total of a period; `before` that of the one compared with, or null; `several` spaces stand behind it.
export function tiles(total, before, several) {
  const { use, bookings, ghosts, released, walk_ins: walkIns, groups, watched } = total;
  const was = before ?? {};
  return [
    tile("heads", use, was.use, "heads", number, heads(use)),
    tile("open", use, was.use, "open_used_share", percent, use.occupied_h == null ? "" : words("usage.tile_open_note", { hours: hours(use.occupied_h) }), true),
    peak(use, several),
    tile("visits", use, was.use, "visits", number, use.visit_min == null ? "" : words("usage.tile_visits_note", { minutes: minutes(use.visit_min) })),
    tile("bookings", bookings, was.bookings, "bookings", number, booked(bookings, groups)),
    tile("ghosts", ghosts, was.ghosts, "share", percent, ghosts.ghosts ? words("usage.tile_ghosts_note", { n: number(ghosts.ghosts), hours: hours(ghosts.ghost_h) }) : "", true),
    tile("released", released, was.released, "share", percent, given(released), true),
    tile("walk", walkIns, was.walk_ins, "walk_ins", number, use.unbooked_h == null ? "" : words("usage.tile_walk_note", { hours: hours(use.unbooked_h) })),
    tile("watched", watched, was.watched, "observed_share", percent, words("usage.tile_watched_note", { unknown: hours(watched.unknown_h), unobserved: hours(watched.unobserved_h) }), true),
  ];
}

function heads(use) {
  if (use.suppressed) return "";
  return use.counted_in == null ? words("usage.tile_heads_note") : words("usage.tile_counted", { n: number(use.counted_in) });
}

function booked(bookings, groups) {
  if (bookings.booked_h == null) return "";
  if (groups.groups == null) return words("usage.tile_bookings_hours", { hours: hours(bookings.booked_h) });
  return words("usage.tile_bookings_note", { hours: hours(bookings.booked_h), groups: number(groups.groups) });
}

function given(released) {
  if (released.released_h == null) return "";
  return words("usage.tile_released_note", { released: hours(released.released_h), reused: hours(released.reused_h) });
}

function peak(use, several) {
  const shown = use.suppressed ? hidden() : `${number(use.peak, 1)} / ${number(use.typical, 1)}`;
  let note = "";
  if (use.peak != null) note = several ? words("usage.tile_peak_all") : words("usage.tile_peak_one", { p90: number(use.p90, 1) });
  return box("peak", shown, note, "", use.suppressed);
}

function tile(key, family, was, name, show, note, isShare = false) {
  const known = was && !family.suppressed && !was.suppressed;
  const changed = known ? change(family[name], was[name], isShare) : null;
  const told = changed === null ? "" : `${changeSentence(changed)}（${words("usage.change_against", { value: show(was[name]) })}）`;
  return box(key, family.suppressed ? hidden() : show(family[name]), note, told, family.suppressed);
}

function box(key, value, note, changed, small) {
  return make(
    "li",
    { class: "tile-figure", "data-figure": key },
    make("h3", {}, words(`usage.tile_${key}`)),
    make("p", { class: "value", "data-hidden": small, title: small ? words("usage.hidden_long") : null }, value),
    changed ? make("p", { class: "change" }, changed) : null,
    note ? make("p", { class: "note" }, note) : null,
  );
}
