// The chart by day: columns of this period, a dashed line of the one it is compared with. The library comes when a chart does.

import { make } from "../shared/dom.js";
import { dayName, number } from "./usageformat.js";
import { words } from "../shared/words.js";

const LIBRARY = "/static/vendor/uplot/uPlot.esm.js";
const STYLE = "/static/vendor/uplot/uPlot.min.css";
const HEIGHT = 240;
const PAPER = 640; // an upright sheet of A4 within its margins

let library = null;

function load() {
  library ??= (async () => {
    const style = make("link", { rel: "stylesheet", href: STYLE });
    const styled = new Promise((done, failed) => {
      style.onload = done;
      style.onerror = failed;
    });
    document.head.append(style);
    const [module] = await Promise.all([import(LIBRARY), styled]);
    return module.default;
  })();
  return library;
}

export class DayChart {
  constructor(box) {
    this.box = box;
    this.plot = null;
    this.shown = null;
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(box);
    this.schemes = matchMedia("(prefers-color-scheme: dark)");
    this.schemes.onchange = () => this.shown && this.draw();
    this.before = () => this.printed(true);
    this.after = () => this.printed(false);
    window.addEventListener("beforeprint", this.before);
    window.addEventListener("afterprint", this.after);
  }

  // `days` are local days, `values` their figures, `before` those of the period compared with, or null.
  async show(days, values, before, label) {
    this.shown = { days, values, before, label, make: await load() };
    if (this.box.isConnected) this.draw();
  }

  // A canvas keeps the colours it was drawn with, and paper is light and of one width: it is drawn anew for both.
  printed(now) {
    this.box.classList.toggle("on-paper", now);
    if (this.shown && this.box.isConnected) this.draw();
  }

  draw() {
    const colour = (name) => getComputedStyle(this.box).getPropertyValue(name).trim();
    const { days, values, before, label, make: UPlot } = this.shown;
    this.plot?.destroy();
    const [ink, line, bars, other] = [colour("--soft"), colour("--line"), colour("--occupied"), colour("--warn")];
    const places = days.map((_, place) => place);
    const font = "13px system-ui, sans-serif";
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const every = Math.max(1, Math.ceil(days.length / Math.max(2, Math.floor(this.width() / 72))));
    const series = [
      { label: words("usage.day"), value: (_, place) => (place == null ? "" : dayName(days[place], { month: "short", day: "numeric", weekday: "short" })) },
      {
        label: words("usage.this_period"),
        stroke: bars,
        fill: bars,
        paths: UPlot.paths.bars({ size: [0.7, 64], radius: 0.12 }),
        points: { show: false },
        value: (_, value) => number(value, 1),
      },
    ];
    const data = [places, values];
    if (before) {
      data.push(places.map((place) => before[place] ?? null));
      series.push({
        label: words("usage.other_period"),
        stroke: other,
        width: 2,
        dash: [6, 4],
        points: { show: true, size: 5, fill: other },
        value: (_, value) => number(value, 1),
      });
    }
    const options = {
      width: this.width(),
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
      axes: [
        { ...axis, splits: () => places.filter((place) => place % every === 0), values: (_, at) => at.map((place) => dayName(days[place])), grid: { show: false } },
        { ...axis, size: 54, values: (_, at) => at.map((value) => number(value, 1)) },
      ],
      series,
      legend: { show: true, live: true },
    };
    this.box.replaceChildren();
    this.box.setAttribute("role", "img");
    this.box.setAttribute("aria-label", label);
    this.plot = new UPlot(options, data, this.box);
  }

  // Nothing of a chart that was replaced stays behind.
  close() {
    this.resized.disconnect();
    this.schemes.onchange = null;
    window.removeEventListener("beforeprint", this.before);
    window.removeEventListener("afterprint", this.after);
    this.plot?.destroy();
    this.plot = null;
  }

  width() {
    if (this.box.classList.contains("on-paper")) return PAPER;
    return Math.max(200, Math.floor(this.box.clientWidth));
  }

  fit() {
    if (this.plot && Math.abs(this.plot.width - this.width()) > 1) this.plot.setSize({ width: this.width(), height: HEIGHT });
  }
}
