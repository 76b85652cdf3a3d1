// What the monthly report says in sentences: only what is known, and what is not known as such.

import { change, clock, hours, kwh, monthName, number, percent } from "./usageformat.js";
import { weekday, WEEKDAYS } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const TOP = 3;

const say = (key, params) => words(`usage.report_${key}`, params);

export function summary({ month, before, answer, cells, lent, charged }) {
  const { use, bookings, ghosts, released } = answer.total;
  const said = [];
  if (use.suppressed) said.push(say("use_hidden", { month: monthName(month) }));
  else if (use.occupied_h == null) said.push(say("use_none", { month: monthName(month) }));
  else {
    said.push(
      say("use", {
        month: monthName(month),
        site: answer.site.name,
        n: number(answer.items.length),
        heads: number(use.heads),
        hours: hours(use.occupied_h),
        share: percent(use.open_used_share),
      }),
    );
    const most = busiest(cells.items);
    if (most) said.push(most);
    const top = answer.items
      .filter((row) => row.in_total && row.use.occupied_h > 0)
      .sort((a, b) => b.use.occupied_h - a.use.occupied_h)
      .slice(0, TOP);
    if (top.length) {
      const named = top.map((row) => say("top_one", { space: row.name, hours: hours(row.use.occupied_h) }));
      said.push(say("top", { spaces: named.join(say("list")) }));
    }
  }
  if (bookings.bookings) {
    let sentence = say("bookings", { n: number(bookings.bookings), hours: hours(bookings.booked_h) });
    if (ghosts.ghosts) {
      sentence += gap() + say("ghosts", { n: number(ghosts.ghosts), share: percent(ghosts.share), hours: hours(ghosts.ghost_h) });
    } else if (ghosts.ghosts === 0 && ghosts.seen > 0) sentence += gap() + say("no_ghosts");
    said.push(sentence);
  }
  if (released.released_h > 0) {
    said.push(say("released", { released: hours(released.released_h), reused: hours(released.reused_h), share: percent(released.share) }));
  }
  if (lent.length > 1) said.push(partners(lent));
  if (charged.length > 1 && charged[0].sessions) {
    const all = charged[0];
    said.push(say("charging", { n: number(all.sessions), kwh: kwh(all.energy_kwh), share: percent(all.in_use_share), faults: number(all.faults) }));
  }
  const compared = comparison(answer, before);
  if (compared) said.push(compared);
  return said;
}

// Chinese sentences follow each other without a blank.
const gap = () => (say("list") === "、" ? "" : " ");

function busiest(cells) {
  const place = (cell) => ({ weekday: weekday(WEEKDAYS[cell.weekday]), from: clock(cell.hour), to: clock(cell.hour + 1) });
  const counted = cells.filter((cell) => cell.people > 0);
  if (counted.length) {
    const most = counted.reduce((a, b) => (b.people > a.people ? b : a));
    return say("busiest", { ...place(most), people: number(most.people, 1) });
  }
  const used = cells.filter((cell) => cell.occupied_share > 0);
  if (!used.length) return null;
  const most = used.reduce((a, b) => (b.occupied_share > a.occupied_share ? b : a));
  return say("busiest_share", { ...place(most), share: percent(most.occupied_share) });
}

function partners([total, ...rows]) {
  const n = number(rows.filter((row) => !row.space).length);
  if (total.used_h == null) return say("partners_lent", { n, lent: hours(total.lent_h) });
  return say("partners", { n, lent: hours(total.lent_h), used: hours(total.used_h), bookings: number(total.bookings) });
}

function comparison(answer, before) {
  const was = answer.compare?.total;
  if (!was) return null;
  const used = answer.total.use.suppressed || was.use.suppressed ? null : change(answer.total.use.occupied_h, was.use.occupied_h);
  const hidden = answer.total.bookings.suppressed || was.bookings.suppressed;
  const booked = hidden ? null : change(answer.total.bookings.bookings, was.bookings.bookings);
  if (used === null && booked === null) return null;
  return say("compared", { month: monthName(before), used: told(used), bookings: told(booked) });
}

function told(found) {
  if (found === null) return say("unknown_change");
  const [sign, by] = found;
  if (sign === 0) return say("same");
  return say(sign > 0 ? "up" : "down", { change: by });
}

export function notes({ answer }) {
  const { watched, use } = answer.total;
  const said = [
    say("observed", {
      n: number(answer.items.filter((row) => row.in_total).length),
      period: hours(watched.period_h),
      observed: hours(watched.observed_h),
      share: percent(watched.observed_share),
      unknown: hours(watched.unknown_h),
      unobserved: hours(watched.unobserved_h),
    }),
  ];
  const blind = answer.items.filter((row) => row.watched.observed_share !== null && row.watched.observed_share < 0.5);
  if (blind.length) said.push(say("blind", { spaces: blind.map((row) => row.name).join(say("list")) }));
  if (use.counted_share != null) said.push(say("counted", { share: percent(use.counted_share) }));
  said.push(say("method_heads"), say("method_visit"), say("method_ghost"));
  if (answer.items.some((row) => !row.in_total)) said.push(say("method_whole"));
  said.push(say("method_hours"));
  if (answer.restricted) said.push(say("method_hidden", { k: answer.k }));
  return said;
}
