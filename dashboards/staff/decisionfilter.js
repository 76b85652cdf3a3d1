// Which decisions are looked at: in the address, and as the API is asked for them. Pure.

import { addDays, toInstant } from "../shared/zoned.js";

export const KINDS = [
  "check_in", "warn", "keep", "release", "reclaim", "offer", "offer_taken", "offer_expired", "recall", "end_early", "end", "overrun", "extend", "move", "hold",
  "book", "cancel", "undo", "approve", "refuse", "lapse", "ask", "excuse", "propose", "agree", "decline",
];
const NAMES = ["site", "space", "kind", "by", "name", "shadow", "from", "to"];

export function fromAddress(search) {
  const asked = new URLSearchParams(search);
  const filter = Object.fromEntries(NAMES.map((name) => [name, asked.get(name) ?? ""]));
  if (!KINDS.includes(filter.kind)) filter.kind = "";
  for (const name of ["from", "to"]) if (!/^\d{4}-\d{2}-\d{2}$/.test(filter[name])) filter[name] = "";
  return filter;
}

export function toAddress(filter, search) {
  const kept = new URLSearchParams(search);
  for (const name of NAMES) {
    if (filter[name]) kept.set(name, filter[name]);
    else kept.delete(name);
  }
  const query = kept.toString();
  return query ? `?${query}` : "";
}

// The query of GET /decisions; days are whole ones on the wall of `zone`, the last one included.
export function toQuery(filter, zone) {
  const asked = new URLSearchParams();
  for (const name of ["site", "space", "kind"]) if (filter[name]) asked.set(name, filter[name]);
  const by = filter.by === "person" ? (filter.name ? `user:${filter.name}` : "user") : filter.by;
  if (by) asked.set("by", by);
  if (filter.shadow) asked.set("shadow", String(filter.shadow === "only"));
  if (filter.from) asked.set("from", toInstant(`${filter.from}T00:00`, zone).instant);
  if (filter.to) asked.set("to", toInstant(`${addDays(filter.to, 1)}T00:00`, zone).instant);
  const query = asked.toString();
  return query ? `&${query}` : "";
}
