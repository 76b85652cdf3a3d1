// Which period and which spaces are looked at: a form that keeps its choice in the address, so that it can be shared.

import { make } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { functionName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const DAY_MS = 86_400_000;
const PERIODS = ["today", "week", "month", "last_month", "days28", "any"];

const plain = (date) => date.toISOString().slice(0, 10);
const parsed = (day) => new Date(`${day}T00:00:00Z`);
const shifted = (day, days) => plain(new Date(parsed(day).getTime() + days * DAY_MS));
const monthStart = (day, months = 0) => {
  const date = parsed(day);
  return plain(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)));
};
const daysIn = (from, to) => Math.round((parsed(to) - parsed(from)) / DAY_MS) + 1;

// First and last local day of a named period, both included.
export function daysOf(period, today) {
  if (period === "today") return [today, today];
  if (period === "week") return [shifted(today, -((parsed(today).getUTCDay() + 6) % 7)), today];
  if (period === "month") return [monthStart(today), today];
  if (period === "last_month") return [monthStart(today, -1), shifted(monthStart(today), -1)];
  return [shifted(today, -27), today];
}

// The period to compare with: the same days of the week before, of the month before, or as many days before.
export function daysBefore(period, from, to) {
  if (period === "week") return [shifted(from, -7), shifted(to, -7)];
  if (period === "month" || period === "last_month") {
    const first = monthStart(from, -1);
    const last = shifted(monthStart(from), -1);
    if (period === "last_month") return [first, last];
    const same = shifted(first, daysIn(from, to) - 1);
    return [first, same < last ? same : last];
  }
  const days = daysIn(from, to);
  return [shifted(from, -days), shifted(to, -days)];
}

export class Choice {
  // `spaces` are the items of GET /spaces, `today` the community's local day; `changed` is called with every new choice.
  constructor(form, spaces, today, changed) {
    this.form = form;
    this.spaces = spaces;
    this.today = today;
    this.changed = changed;
    const asked = new URLSearchParams(location.search);
    const sites = [...new Set(spaces.map((one) => one.site))];
    const pick = (name, options, otherwise) => (options.includes(asked.get(name)) ? asked.get(name) : otherwise);
    this.site = select(sites.map((one) => [one, one]), {}, pick("site", sites, sites[0] ?? null));
    this.period = select(
      PERIODS.map((one) => [one, words(`usage.period_${one}`)]),
      { id: "period" },
      pick("period", PERIODS, "days28"),
    );
    const [first, last] = daysOf("days28", today);
    this.from = this.date(asked.get("from") ?? first);
    this.to = this.date(asked.get("to") ?? last);
    this.compare = select(
      ["none", "before", "any"].map((one) => [one, words(`usage.compare_${one}`)]),
      { id: "compare" },
      pick("compare", ["none", "before", "any"], "before"),
    );
    const [before, until] = daysBefore("days28", first, last);
    this.compareFrom = this.date(asked.get("compare_from") ?? before);
    this.compareTo = this.date(asked.get("compare_to") ?? until);
    this.space = make("select", { id: "space" });
    this.function = make("select", { id: "function" });
    this.parts = {
      from: field(words("usage.from"), this.from),
      to: field(words("usage.to"), this.to),
      compareFrom: field(words("usage.compare_from"), this.compareFrom),
      compareTo: field(words("usage.compare_to"), this.compareTo),
    };
    form.append(
      ...(sites.length > 1 ? [field(words("usage.site"), this.site)] : []),
      field(words("usage.period"), this.period),
      this.parts.from,
      this.parts.to,
      field(words("usage.compare"), this.compare),
      this.parts.compareFrom,
      this.parts.compareTo,
      field(words("usage.space"), this.space),
      field(words("usage.function"), this.function),
    );
    this.offerSpaces(asked.get("space") ?? "", asked.get("function") ?? "");
    this.showParts();
    form.onsubmit = (event) => event.preventDefault();
    form.onchange = () => {
      this.showParts();
      this.keep();
      changed();
    };
    this.site.addEventListener("change", () => this.offerSpaces("", ""));
  }

  date(value) {
    return make("input", { type: "date", value, min: "2000-01-01", max: "2100-12-31", required: true });
  }

  offerSpaces(space, use) {
    const here = this.spaces.filter((one) => one.site === this.site.value);
    const places = [...new Set(here.map((one) => one.group).filter(Boolean))];
    const options = [make("option", { value: "" }, words("usage.space_all"))];
    for (const place of places) {
      const inside = here.filter((one) => one.group === place);
      const group = make("optgroup", { label: place }, make("option", { value: `@${place}` }, `${place} (${inside.length})`));
      group.append(...inside.map((one) => make("option", { value: one.space }, one.name)));
      options.push(group);
    }
    options.push(...here.filter((one) => !one.group).map((one) => make("option", { value: one.space }, one.name)));
    this.space.replaceChildren(...options);
    const functions = [...new Set(here.flatMap((one) => one.functions))].sort();
    this.function.replaceChildren(
      make("option", { value: "" }, words("usage.all_functions")),
      ...functions.map((one) => make("option", { value: one }, functionName(one))),
    );
    this.space.value = space;
    if (this.space.selectedIndex < 0) this.space.value = "";
    this.function.value = use;
    if (this.function.selectedIndex < 0) this.function.value = "";
  }

  showParts() {
    const any = this.period.value === "any";
    const other = this.compare.value === "any";
    this.parts.from.hidden = this.parts.to.hidden = !any;
    this.parts.compareFrom.hidden = this.parts.compareTo.hidden = !other;
  }

  keep() {
    const address = new URL(location.href);
    const kept = { site: this.site.value, period: this.period.value, compare: this.compare.value };
    if (this.period.value === "any") Object.assign(kept, { from: this.from.value, to: this.to.value });
    if (this.compare.value === "any") Object.assign(kept, { compare_from: this.compareFrom.value, compare_to: this.compareTo.value });
    if (this.space.value) kept.space = this.space.value;
    if (this.function.value) kept.function = this.function.value;
    const lang = address.searchParams.get("lang");
    address.search = new URLSearchParams(lang ? { lang, ...kept } : kept).toString();
    history.replaceState(null, "", address);
  }

  // First and last day, or null where the dates chosen are none.
  days() {
    if (this.period.value !== "any") return daysOf(this.period.value, this.today);
    const [from, to] = [this.from.value, this.to.value];
    return from && to && from <= to ? [from, to] : null;
  }

  compared([from, to]) {
    if (this.compare.value === "none") return null;
    if (this.compare.value === "before") return daysBefore(this.period.value, from, to);
    const [first, last] = [this.compareFrom.value, this.compareTo.value];
    return first && last && first <= last ? [first, last] : null;
  }

  // What every question asks for: site, days, spaces.
  query([from, to]) {
    const query = new URLSearchParams({ site: this.site.value, from, to });
    const chosen = this.space.value;
    const inside = chosen.startsWith("@")
      ? this.spaces.filter((one) => one.site === this.site.value && one.group === chosen.slice(1)).map((one) => one.space)
      : [chosen].filter(Boolean);
    for (const one of inside) query.append("space", one);
    if (this.function.value) query.append("function", this.function.value);
    return query;
  }

  // The month of the monthly report: that of the last day.
  month([, to]) {
    return to.slice(0, 7);
  }
}
