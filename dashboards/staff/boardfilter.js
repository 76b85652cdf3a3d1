// What of the board is looked at: in the address, so that it can be kept, sent and found again. Pure.

export const VIEWS = ["tiles", "list", "plan", "day"];
export const STATES = ["occupied", "vacant", "unknown", "silent"];
const FREE_MS = 30 * 60_000; // for less nobody sits down
const TEXTS = ["site", "q", "state", "function", "feature", "people"];

export function fromAddress(search) {
  const asked = new URLSearchParams(search);
  const filter = Object.fromEntries(TEXTS.map((name) => [name, asked.get(name) ?? ""]));
  filter.attention = asked.get("attention") === "1";
  filter.view = VIEWS.includes(asked.get("view")) ? asked.get("view") : VIEWS[0];
  if (!STATES.includes(filter.state)) filter.state = "";
  if (!(Number(filter.people) > 0)) filter.people = "";
  return filter;
}

// The address' query with this filter in it; whatever else it carries stays.
export function toAddress(filter, search) {
  const kept = new URLSearchParams(search);
  for (const name of TEXTS) put(kept, name, filter[name]);
  put(kept, "attention", filter.attention ? "1" : "");
  put(kept, "view", filter.view === VIEWS[0] ? "" : filter.view);
  const query = kept.toString();
  return query ? `?${query}` : "";
}

function put(query, name, value) {
  if (value) query.set(name, value);
  else query.delete(name);
}

// Whether anything but the site and the view is chosen.
export const isNarrow = (filter) =>
  filter.attention || ["q", "state", "function", "feature", "people"].some((name) => filter[name] !== "");

// `at` and `staleAfter` in milliseconds of the community's clock.
export function passes(item, filter, at, staleAfter) {
  if (filter.site && item.site !== filter.site) return false;
  const state = shownState(item, at, staleAfter);
  if (filter.state && state !== filter.state) return false;
  if (filter.function && !item.functions.includes(filter.function)) return false;
  if (filter.feature && !item.features.includes(filter.feature)) return false;
  if (filter.people && !(state === "vacant" && isFree(item, at) && item.capacity >= Number(filter.people))) return false;
  if (filter.attention && troublesOf(item, at, staleAfter).length === 0) return false;
  return !filter.q || matches(item, filter.q);
}

// What is old counts as unknown: it says nothing about now.
export function shownState(item, at, staleAfter) {
  if (!item.state) return "silent";
  return isStale(item, at, staleAfter) ? "unknown" : item.state.occupancy;
}

export const isStale = (item, at, staleAfter) => Boolean(item.state) && at - Date.parse(item.state.as_of) > staleAfter;

// Nobody has it now, and nobody will within the next half hour.
export function isFree(item, at) {
  return !item.now && !item.offer && !(item.next && Date.parse(item.next.start) - at < FREE_MS);
}

// What a steward should look after, as names of texts.
export function troublesOf(item, at, staleAfter) {
  const { state, now: booking } = item;
  const found = {
    silent: !state,
    stale: isStale(item, at, staleAfter),
    unknown: state?.occupancy === "unknown",
    release: Boolean(item.countdown),
    asked: [booking, item.next].some((one) => one?.state === "asked"),
    overrun: booking?.state === "in_use" && Date.parse(booking.end) <= at,
    fault: Boolean(state?.charging.fault),
    offline: Boolean(state?.devices.offline),
  };
  return Object.keys(found).filter((name) => found[name]);
}

const spoken = new WeakMap(); // items are never changed, only replaced

const plain = (text) => text.normalize("NFKC").toLowerCase();

// Every word that is looked for is in the name, the place, or a title or group of what is now and next.
function matches(item, query) {
  if (!spoken.has(item)) {
    const said = [item.name, item.space, item.group, item.offer?.group];
    for (const one of [item.now, item.next]) said.push(one?.title, one?.group);
    spoken.set(item, plain(said.filter(Boolean).join("\n")));
  }
  return plain(query).split(/\s+/).filter(Boolean).every((word) => spoken.get(item).includes(word));
}
