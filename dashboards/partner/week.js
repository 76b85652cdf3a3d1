// One week of a lent space: a column a day, what is lent and what is booked in it. Dragging over a day lends hours.
// Where columns would be too narrow the same days stand one below the other, as lists.

import { make } from "../shared/dom.js";
import { wallClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const DAYS = 7;
const STEP_MIN = 30;
const EARLIEST = 6;

// Days are ISO dates; arithmetic on UTC midnights never meets a change of clocks.
export const addDays = (day, n) => new Date(Date.parse(day) + n * 86_400_000).toISOString().slice(0, 10);
export const monday = (day) => addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));

const minutesOf = (instant) => Number(instant.slice(11, 13)) * 60 + Number(instant.slice(14, 16));
const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

// What of a stretch lies on a local day, in minutes of that day; null: nothing.
function on(day, one) {
  const [from, to] = [one.start.slice(0, 10), one.end.slice(0, 10)];
  const start = from < day ? 0 : from > day ? null : minutesOf(one.start);
  const end = to > day ? 1440 : to < day ? null : minutesOf(one.end);
  return start === null || end === null || end <= start ? null : { start, end };
}

export function drawWeek(element, { first, today, windows, bookings, onWindow, onDrag }) {
  const days = Array.from({ length: DAYS }, (_, n) => addDays(first, n));
  const spans = [...windows, ...bookings].flatMap((one) => days.map((day) => on(day, one))).filter(Boolean);
  const from = Math.min(EARLIEST * 60, ...spans.map((one) => Math.floor(one.start / 60) * 60));
  const scale = { from, minutes: 1440 - from };
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(drawHours(scale), ...days.map((day) => drawDay(day, { today, windows, bookings, scale, onWindow, onDrag })));
  if (focused) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function drawHours({ from, minutes }) {
  const column = make("div", { class: "hours", "aria-hidden": "true" });
  for (let hour = from / 60; hour < 24; hour += 2) {
    const mark = make("span", {}, clock(hour * 60));
    mark.style.top = `${((hour * 60 - from) / minutes) * 100}%`;
    column.append(mark);
  }
  return column;
}

function drawDay(day, { today, windows, bookings, scale, onWindow, onDrag }) {
  const locale = language() === "zh" ? "zh-CN" : "en-GB";
  const name = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", month: "numeric", day: "numeric" });
  const list = make("ol", { class: "column" });
  const lent = windows.map((one) => ({ one, span: on(day, one) })).filter(({ span }) => span);
  for (const { one, span } of lent) {
    const inside = bookings.filter((booking) => booking.start < one.end && booking.end > one.start && on(day, booking));
    list.append(place(drawWindow(one, inside, onWindow), span, scale));
  }
  for (const booking of bookings) {
    const span = on(day, booking);
    if (span) list.append(place(drawBooking(booking), span, scale));
  }
  if (!list.children.length) list.append(make("li", { class: "nothing" }, words("partner.nothing_lent")));
  dragging(list, scale, (start, end) => onDrag(day, start, end));
  return make(
    "section",
    { class: "day", "data-today": day === today, "data-day": day },
    make("h3", {}, name.format(new Date(day))),
    list,
  );
}

function drawWindow(one, inside, onWindow) {
  const times = `${wallClock(one.start)}–${wallClock(one.end)}`;
  const ends = [wallClock(one.start), wallClock(one.end)].map((time) => make("span", {}, time));
  const button = make("button", { type: "button", class: "window", "data-key": `${one.supply} ${one.start}` }, ...ends);
  button.setAttribute("aria-label", words("partner.window_label", { times, n: inside.length }));
  button.onclick = () => onWindow(one, inside);
  return make("li", { class: "lent" }, button);
}

function drawBooking(booking) {
  const times = `${wallClock(booking.start)}–${wallClock(booking.end)}`;
  return make("li", { class: "booked", "data-state": booking.state }, make("b", {}, times), make("span", {}, booking.title));
}

function place(element, { start, end }, { from, minutes }) {
  element.style.setProperty("--top", `${((start - from) / minutes) * 100}%`);
  element.style.setProperty("--height", `${((end - start) / minutes) * 100}%`);
  return element;
}

// Dragging with a mouse marks hours; the button above does the same for everybody else.
function dragging(list, { from, minutes }, onDone) {
  const at = (event) => {
    const box = list.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    return Math.round((from + part * minutes) / STEP_MIN) * STEP_MIN;
  };
  list.onpointerdown = (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("li.lent, li.booked")) return;
    if (getComputedStyle(list).position === "static") return; // one below the other: there is nothing to drag over
    const begin = at(event);
    const mark = place(make("li", { class: "mark" }), { start: begin, end: begin }, { from, minutes });
    list.append(mark);
    list.setPointerCapture(event.pointerId);
    list.onpointermove = (moved) => {
      const [start, end] = [Math.min(begin, at(moved)), Math.max(begin, at(moved))];
      place(mark, { start, end }, { from, minutes });
      mark.textContent = `${clock(start)}–${clock(end)}`;
    };
    list.onpointerup = (done) => {
      list.onpointermove = list.onpointerup = null;
      mark.remove();
      const [start, end] = [Math.min(begin, at(done)), Math.max(begin, at(done))];
      if (end > start) onDone(clock(start), clock(end));
    };
  };
}
