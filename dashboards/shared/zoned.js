// The clock on a wall somewhere ⇄ the instant it shows, by the browser's own data of time zones. Pure.

const MINUTE = 60_000;
const REACH = 15 * 60 * MINUTE; // no zone is further from UTC: a change of clocks lies between the two
const formats = new Map();

function format(zone) {
  if (!formats.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    formats.set(zone, new Intl.DateTimeFormat("en-US-u-ca-gregory", { timeZone: zone, hourCycle: "h23", ...parts }));
  }
  return formats.get(zone);
}

// What the wall shows at an instant, read as if it were UTC.
function wall(at, zone) {
  const shown = Object.fromEntries(format(zone).formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
}

// How far the zone is ahead of UTC at an instant, in milliseconds.
export function offset(at, zone) {
  const second = Math.floor(at / 1000) * 1000;
  return wall(second, zone) - second;
}

// "2026-03-03T09:30" on the wall of a zone → {instant, kind}. The instant is RFC 3339 with the zone's offset. kind is
// "exact"; "twice" when clocks go back and the first of the two is meant; "skipped" when clocks go forward over it: then
// it is as long after midnight as if they had not, as the server reads it. Throws RangeError for what is no date.
export function toInstant(local, zone) {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/.exec(local);
  const shown = found ? Date.UTC(found[1], found[2] - 1, found[3], found[4], found[5]) : NaN;
  // A date such as 30 February would come out as another one.
  if (Number.isNaN(shown) || new Date(shown).toISOString().slice(0, 16) !== local) throw new RangeError(local);
  const before = offset(shown - REACH, zone);
  const after = offset(shown + REACH, zone);
  const [early, late] = [before, after].map((ahead) => ({ at: shown - ahead, fits: offset(shown - ahead, zone) === ahead }));
  if (early.fits) return { instant: write(early.at, zone), kind: late.fits && late.at !== early.at ? "twice" : "exact" };
  return late.fits
    ? { instant: write(late.at, zone), kind: "exact" }
    : { instant: write(early.at, zone), kind: "skipped" };
}

// What the wall of a zone shows at an instant (RFC 3339 or milliseconds), for <input type="datetime-local">.
export function toLocal(instant, zone) {
  const at = typeof instant === "number" ? instant : Date.parse(instant);
  return new Date(wall(at, zone)).toISOString().slice(0, 16);
}

// The next local day, or one some days further.
export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00Z`) + days * 24 * 60 * MINUTE).toISOString().slice(0, 10);
}

function write(at, zone) {
  const ahead = offset(at, zone);
  if (ahead % MINUTE) return new Date(at).toISOString(); // local mean time of long ago has seconds, which RFC 3339 has not
  const minutes = Math.abs(ahead) / MINUTE;
  const two = (number) => String(number).padStart(2, "0");
  const sign = ahead < 0 ? "-" : "+";
  return `${new Date(at + ahead).toISOString().slice(0, 19)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
