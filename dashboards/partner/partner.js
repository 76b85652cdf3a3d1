// The partner's page: whose answer is awaited, the week of a lent space, its windows with their terms, and its use.

import { byId, make, setText } from "../shared/dom.js";
import { busy, tell } from "../shared/forms.js";
import { everything, get, post } from "../shared/http.js";
import { dayClock, now, wallClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";
import { open } from "../staff/page.js";
import { askLending } from "./lend.js";
import { askAbout } from "./recall.js";
import { addDays, drawWeek, monday } from "./week.js";
import { drawWindow } from "./windows.js";

const DAY_MS = 86_400_000;
const USE_DAYS = 28;

let spaces = []; // {site, space, name, functions, windows}
let chosen = null;
let first = null; // the Monday that is shown, as a local day
let asking = false;

async function read(who) {
  const [supply, places, asked] = await Promise.all([get("/supply"), get("/spaces"), everything("/bookings?state=asked")]);
  // An admin sees what everybody lends; a partner what is theirs.
  const windows = supply.items.filter((one) => who.role === "admin" || one.owner === who.name);
  spaces = places.items
    .map((place) => ({ ...place, windows: windows.filter((one) => one.site === place.site && one.space === place.space) }))
    .filter((place) => place.windows.length > 0);
  byId("none").hidden = spaces.length > 0;
  for (const id of ["lending", "terms", "use"]) byId(id).hidden = spaces.length === 0;
  setText(byId("tally"), words("partner.tally", { n: spaces.length, windows: windows.length }));
  drawAsked(asked.filter((booking) => spaces.some((one) => one.site === booking.site && one.space === booking.space)));
  if (!spaces.length) return;
  offerSpaces();
  first ??= monday(today());
  await readSpace(who);
}

const today = () => {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(new Date(now()));
};
let zone = "UTC";

function offerSpaces() {
  const keys = spaces.map((one) => `${one.site}/${one.space}`);
  const select = byId("space");
  if (keys.join() !== [...select.options].map((option) => option.value).join()) {
    select.replaceChildren(...spaces.map((one, place) => make("option", { value: keys[place] }, one.name)));
    if (keys.includes(chosen)) select.value = chosen;
  }
  chosen = select.value;
}

const current = () => spaces.find((one) => `${one.site}/${one.space}` === chosen);

async function readSpace(who) {
  const space = current();
  // Days are local and the site's clock may be ahead of ours: a day more on either side, then what lies in the week.
  const [from, to] = [new Date(Date.parse(first) - DAY_MS).toISOString(), new Date(Date.parse(first) + 8 * DAY_MS).toISOString()];
  const path = `/spaces/${space.site}/${space.space}`;
  const span = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
  const since = encodeURIComponent(new Date(now() - USE_DAYS * DAY_MS).toISOString());
  const [there, bookings, usage] = await Promise.all([
    get(`${path}/availability?${span}`),
    everything(`/bookings?site=${space.site}&space=${space.space}&${span}`),
    get(`/usage?site=${space.site}&from=${since}`),
  ]);
  if (space !== current()) return;
  const theirs = new Set(space.windows.map((one) => one.id));
  setText(byId("week-title"), weekText());
  drawWeek(byId("week"), {
    first,
    today: today(),
    windows: there.items.filter((one) => theirs.has(one.supply)),
    bookings: bookings.filter((one) => !["cancelled", "released"].includes(one.state)),
    onWindow: (window, inside) => about(window, inside, who),
    onDrag: (day, start, end) => lend(who, { day, start, end }),
  });
  byId("windows").replaceChildren(...space.windows.map((one) => drawWindow(one, () => read(who))));
  drawUse(usage.items.find((row) => row.space === space.space));
}

function weekText() {
  const locale = language() === "zh" ? "zh-CN" : "en-GB";
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", month: "long", day: "numeric" });
  return words("partner.week", { first: day.format(new Date(first)), last: day.format(new Date(addDays(first, 6))) });
}

async function lend(who, hint) {
  asking = true;
  const said = await askLending(current(), who, hint);
  asking = false;
  if (!said) return;
  tell(byId("note"), said);
  await read(who);
}

async function about(window, inside, who) {
  asking = true;
  const said = await askAbout(current(), window, inside, now());
  asking = false;
  if (!said) return;
  tell(byId("note"), said);
  await read(who);
}

function drawAsked(bookings) {
  byId("asked").hidden = bookings.length === 0;
  const drawn = bookings.map((one) => one.id).join();
  if (byId("asked-list").dataset.drawn === drawn) return; // somebody may be about to press a button
  byId("asked-list").dataset.drawn = drawn;
  byId("asked-list").replaceChildren(...bookings.map(drawQuestion));
}

function drawQuestion(booking) {
  const place = spaces.find((one) => one.site === booking.site && one.space === booking.space);
  const when = words("partner.from_to", { start: dayClock(booking.start, language()), end: wallClock(booking.end) });
  const line = make("p", { class: "answer", role: "status" });
  const item = make("li", {});
  const answer = (what) => {
    const button = make("button", { type: "button", class: what === "approve" ? "primary" : null }, words(`partner.${what}`));
    button.setAttribute("aria-label", `${words(`partner.${what}`)}: ${booking.title}, ${when}`);
    button.onclick = () =>
      busy(item, line, async () => {
        await post(`/bookings/${encodeURIComponent(booking.id)}/${what}`);
        item.remove();
      });
    return button;
  };
  const until = booking.answer_by ? words("partner.answer_by", { at: dayClock(booking.answer_by, language()) }) : "";
  item.append(
    make("p", {}, make("strong", {}, place.name), ` ${when}`),
    make("p", { class: "lead" }, words("partner.asks", { group: booking.group, title: booking.title, n: booking.people })),
    make("p", { class: "lead" }, until),
    make("p", { class: "actions" }, answer("approve"), answer("refuse")),
    line,
  );
  return item;
}

function drawUse(row) {
  const hours = (minutes) => (minutes / 60).toFixed(1);
  const figures = [
    ["partner.use_booked", row?.booked_min ?? 0],
    ["partner.use_released", row?.released_min ?? 0],
    ["partner.use_reused", row?.reused_min ?? 0],
  ];
  byId("figures").replaceChildren(
    ...figures.map(([key, minutes]) =>
      make("div", {}, make("dt", {}, words(key)), make("dd", {}, words("partner.hours", { n: hours(minutes) }))),
    ),
  );
}

function begin(who) {
  const show = () => readSpace(who).catch((problem) => tell(byId("note"), problem.message, true));
  byId("space").onchange = () => {
    chosen = byId("space").value;
    show();
  };
  const step = (days) => () => {
    first = days === 0 ? monday(today()) : addDays(first, days);
    show();
  };
  byId("before").onclick = step(-7);
  byId("after").onclick = step(7);
  byId("today").onclick = step(0);
  byId("lend").onclick = () => lend(who, {});
}

let begun = false;
await open("partner.title", async (who) => {
  if (asking) return;
  if (!begun) {
    zone = (await get("/clock")).zone;
    begin(who);
  }
  begun = true;
  await read(who);
});
