// What was learned of a space, behind a fold: fetched when it is opened, told in words and units.

import { make } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { duration, wallClock } from "../shared/time.js";
import { kindName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const MINUTE_MS = 60_000;
const FINE = 10; // below this a figure is shown with a decimal

export class Learned {
  constructor(space) {
    this.space = space;
    this.content = make("div", { class: "content", "aria-live": "polite" });
    const summary = make("summary", { "data-do": "learned" }, words("board.learned"));
    this.element = make("details", { class: "learned" }, summary, this.content);
    this.element.ontoggle = () => this.element.open && this.read();
  }

  async read() {
    const { site, space } = this.space;
    if (!this.content.hasChildNodes()) this.content.replaceChildren(make("p", {}, words("board.loading")));
    try {
      const answer = await get(`/spaces/${encodeURIComponent(site)}/${encodeURIComponent(space)}/learned`);
      this.content.replaceChildren(...this.draw(answer));
    } catch (problem) {
      this.content.replaceChildren(make("p", { class: "note" }, words("page.failed", { reason: problem.message })));
    }
  }

  draw(answer) {
    if (answer.as_of === null) return [make("p", {}, words("board.learned_nothing"))];
    const rows = [
      row("learned_vacant", minutes(answer.usual_vacant_min)),
      row("learned_occupied", minutes(answer.usual_occupied_min)),
      answer.motion_hold_min == null ? null : row("learned_hold", minutes(answer.motion_hold_min)),
    ];
    const sensors = answer.sensors.map((sensor) => make("tbody", { "data-device": sensor.device }, ...sensorRows(sensor)));
    const without = sensors.length === 0 && this.space.parts.length > 0;
    return [
      make("p", {}, words("board.learned_as_of", { at: wallClock(answer.as_of) })),
      make("table", {}, make("tbody", {}, ...rows.filter(Boolean)), ...sensors),
      ...(without ? [make("p", {}, words("board.learned_no_sensor"))] : []),
    ];
  }
}

function sensorRows(sensor) {
  const kind = kindName(sensor.kind);
  const head = make("th", { colspan: 2, scope: "rowgroup" }, words("board.learned_device", { kind, device: sensor.device }));
  const trust = words("board.learned_percent", { n: Math.round(sensor.trust * 100) });
  return [
    make("tr", { class: "of" }, head),
    row("learned_trust", trust, sensor.doubt ? make("span", { class: "chip" }, sensor.doubt.text) : null),
    ...(sensor.settle_s == null ? [] : [row("learned_settle", duration(sensor.settle_s * 1000))]),
    ...sensor.baseline.map(baselineRow),
  ];
}

function baselineRow({ quantity, known_h: h, quiet, peak }) {
  const value = quiet == null ? words("board.learned_still") : unit(quantity, quiet);
  const notes = [
    peak == null || quiet == null ? null : words("board.learned_highest", { value: unit(quantity, peak) }),
    words("board.learned_known", { h }),
  ];
  return row(`learned_${quantity}`, value, make("span", { class: "more" }, notes.filter(Boolean).join(" · ")));
}

function row(key, value, more = null) {
  return make("tr", {}, make("th", { scope: "row" }, words(`board.${key}`)), make("td", {}, value, more));
}

const minutes = (value) => duration(Math.round(value) * MINUTE_MS);

function unit(quantity, value) {
  return words(`board.unit_${quantity}`, { n: value < FINE ? Number(value.toFixed(1)) : Math.round(value) });
}
