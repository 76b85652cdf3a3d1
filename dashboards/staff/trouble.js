// What is wrong with a device, how bad that is, and which devices a filter shows: pure, nothing is drawn here.

const LOW_PERCENT = 15;
const LOW_DAYS = 14; // time to buy a battery and to come by
const WEAK_DBM = -85; // most radios lose packets from here on
const CLOCK_MS = 30_000; // beyond, the gateway takes the arrival instead of the device's time

// From worst to best; a device is as bad as the worst of it.
const WORST_FIRST = ["offline", "doubted", "late", "lost", "failed", "clock", "battery", "waiting", "differs", "signal", "unheard"];

// The names of what is wrong, the worst first.
export function troubles(device) {
  const { battery, signal, clock } = device;
  const gaps = device.gaps ?? [];
  const found = {
    offline: device.presence === "offline",
    doubted: device.doubt != null,
    late: device.presence === "late",
    unheard: device.presence === "unheard",
    lost: gaps.some((gap) => gap.state === "unrepairable"),
    waiting: gaps.some((gap) => gap.state !== "unrepairable"),
    failed: device.commands?.[0]?.state === "failed",
    clock: clock != null && Math.abs(clock.offset_ms) > CLOCK_MS,
    battery: battery != null && (battery.pct <= LOW_PERCENT || (battery.days_left != null && battery.days_left <= LOW_DAYS)),
    signal: signal != null && signal.dbm <= WEAK_DBM,
    differs: configuration(device) === "differs",
  };
  return WORST_FIRST.filter((name) => found[name]);
}

// Whether the device runs what it should: "same", "differs", or null when nothing is asked of it.
export function configuration(device) {
  if (device.desired == null) return null;
  return device.reported != null && device.reported.version === device.desired.version ? "same" : "differs";
}

export function worstFirst(devices) {
  const rank = (device) => {
    const [worst] = troubles(device);
    return worst === undefined ? WORST_FIRST.length : WORST_FIRST.indexOf(worst);
  };
  const ranked = devices.map((device) => [rank(device), device]);
  ranked.sort(([a, one], [b, other]) => a - b || (one.device < other.device ? -1 : 1));
  return ranked.map(([, device]) => device);
}

// `filter` is {place: "site" or "site/space", state}; an empty one lets everything pass.
export function passes(device, filter) {
  const place = filter.place.split("/");
  if (filter.place && (place[0] !== device.site || (place[1] ?? device.space) !== device.space)) return false;
  if (!filter.state) return true;
  if (filter.state === "trouble") return troubles(device).length > 0;
  return filter.state === "doubted" ? device.doubt != null : device.presence === filter.state;
}

export const missing = (gaps) => gaps.reduce((sum, gap) => sum + gap.last - gap.first + 1, 0);
