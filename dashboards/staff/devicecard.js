// One device: how it is, what of it never arrived, what it should be set to, and what can be asked of it.

import { make, setText } from "../shared/dom.js";
import { ask } from "../shared/ask.js";
import { busy, tell } from "../shared/forms.js";
import { post, remove } from "../shared/http.js";
import { shape } from "../shared/shapes.js";
import { duration, now } from "../shared/time.js";
import { issuedCard } from "./issued.js";
import { sparkline } from "./sparkline.js";
import { configuration, missing, troubles } from "./trouble.js";
import { kindName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const RANGES = 32; // as many as one `resend` may name
const COMMANDS_SHOWN = 3;

export class DeviceCard {
  // `onGone`: the device was removed, the list has to be read again.
  constructor(mayAct, admin, onGone) {
    this.mayAct = mayAct;
    this.admin = admin;
    this.onGone = onGone;
    this.issued = make("ul", { class: "issued" });
    this.element = make("li", { class: "device" });
    this.opened = new Set();
    this.note = make("p", { class: "answer", role: "status" });
    this.drawn = "";
  }

  show(item, spaceName) {
    const drawn = JSON.stringify([item, spaceName]);
    if (drawn === this.drawn) return;
    const focused = document.activeElement?.dataset?.do;
    const had = this.element.contains(document.activeElement);
    this.drawn = drawn;
    this.item = item;
    this.wrong = new Set(troubles(item));
    this.element.dataset.device = `${item.site}/${item.device}`;
    this.element.dataset.presence = item.presence;
    this.element.replaceChildren(...this.parts(spaceName).filter((part) => part != null));
    if (had) this.element.querySelector(focused ? `[data-do="${focused}"]` : "summary, button")?.focus();
    this.frame();
  }

  // Move the ages on.
  frame() {
    for (const time of this.element.querySelectorAll("time[data-key]")) {
      const age = duration(now() - Date.parse(time.dateTime));
      setText(time, words(time.dataset.key, { duration: age }));
    }
  }

  parts(spaceName) {
    const { item } = this;
    const kind = kindName(item.kind);
    return [
      make(
        "header",
        {},
        make("p", { class: "presence" }, shape(item.presence), make("strong", {}, words(`board.presence_${item.presence}`))),
        make("h2", {}, item.device),
        make("p", { class: "where" }, [spaceName, kind, item.codec].filter(Boolean).join(" · ")),
      ),
      item.doubt ? make("p", { class: "chip", "data-doubt": item.doubt.reason }, item.doubt.text) : null,
      make("ul", { class: "figures" }, ...this.figures()),
      this.gaps(),
      this.settings(),
      this.commands(),
      item.kind === "screen" ? screenLink(item) : null,
      this.mayAct ? this.actions() : null,
      this.admin ? this.keys() : null,
      this.issued,
      this.note,
    ];
  }

  figures() {
    const { item } = this;
    const { battery, signal, clock } = item;
    const owed = item.heartbeat_s == null ? null : words("board.device_owes", { duration: duration(item.heartbeat_s * 1000) });
    const seen = item.last_seen
      ? make("time", { datetime: item.last_seen, title: item.last_seen, "data-key": "board.device_seen" })
      : words("board.device_never");
    const silent = this.wrong.has("offline") || this.wrong.has("late");
    return [
      figure("seen", silent, seen, owed),
      battery && figure("battery", this.wrong.has("battery"), words("board.device_battery", { pct: Math.round(battery.pct) }), daysText(battery), trendLine(battery)),
      signal && figure("signal", this.wrong.has("signal"), words("board.device_signal", { dbm: Math.round(signal.dbm) }), trendText(signal)),
      clock && figure("clock-is", this.wrong.has("clock"), offsetText(clock), driftText(clock)),
      item.trust != null && figure("trust", item.trust < 1, words("fleet.trust", { pct: Math.round(item.trust * 100) }), words("fleet.trust_of_room")),
      item.boot && figure("boot", false, words("board.device_boot", { boot: item.boot }), item.fw && words("board.device_fw", { fw: item.fw })),
      item.last_seq != null && figure("seq", false, words("board.device_seq", { seq: item.last_seq })),
    ].filter(Boolean);
  }

  gaps() {
    const gaps = this.item.gaps ?? [];
    if (!gaps.length) return null;
    const rows = gaps.map((gap) => {
      const range = gap.first === gap.last ? String(gap.first) : `${gap.first}–${gap.last}`;
      const said = [words(`board.gap_${gap.state}`), gap.reason].filter(Boolean).join(": ");
      return make("li", { "data-gap": gap.state }, make("code", {}, range), make("span", {}, said));
    });
    const summary = words("board.device_gaps", { n: missing(gaps), ranges: gaps.length });
    return this.fold("gaps", summary, this.wrong.has("lost"), make("ul", { class: "ranges" }, ...rows));
  }

  settings() {
    const { desired, reported } = this.item;
    const state = configuration(this.item);
    if (state === null && reported == null) return null;
    const keys = [...new Set([...Object.keys(desired?.config ?? {}), ...Object.keys(reported?.config ?? {})])].sort();
    const rows = keys.map((key) => {
      const [want, is] = [valueText(desired?.config?.[key]), valueText(reported?.config?.[key])];
      const text = desired == null || want === is ? is : words("board.device_setting", { is, want });
      return make("li", { "data-differs": desired != null && want !== is }, make("code", {}, key), make("span", {}, text));
    });
    const versions = { desired: desired?.version ?? "–", reported: reported?.version ?? "–" };
    const summary = words(`board.device_config_${state ?? "own"}`, versions);
    return this.fold("settings", summary, state === "differs", make("ul", { class: "ranges" }, ...rows));
  }

  // A part that opens, and stays open when the card is drawn anew.
  fold(name, summary, wrong, content) {
    const attributes = { class: name, "data-wrong": wrong, open: this.opened.has(name) };
    const details = make("details", attributes, make("summary", { "data-do": name }, summary), content);
    details.ontoggle = () => (details.open ? this.opened.add(name) : this.opened.delete(name));
    return details;
  }

  commands() {
    const shown = (this.item.commands ?? []).slice(0, COMMANDS_SHOWN);
    if (!shown.length) return null;
    const rows = shown.map((one) =>
      make(
        "li",
        { "data-command": one.state },
        make("span", {}, words("board.command", { do: doText(one.do), state: words(`board.command_${one.state}`) })),
        make("time", { datetime: one.at, title: one.at, "data-key": "board.device_ago" }),
        one.error ? make("span", { class: "why" }, one.error) : null,
      ),
    );
    return make("ul", { class: "commands", "aria-label": words("board.commands") }, ...rows);
  }

  actions() {
    const { item } = this;
    const open = (item.gaps ?? []).filter((gap) => gap.state !== "unrepairable");
    const boot = open[0]?.boot ?? item.boot; // a command asks for readings of one boot; the next one comes at the next tap
    const ranges = open.filter((gap) => (gap.boot ?? item.boot) === boot).map((gap) => [gap.first, gap.last]);
    const offered = [["identify", {}], ["reboot", {}]];
    if (ranges.length && boot) offered.push(["resend", { boot, ranges: ranges.slice(0, RANGES) }]);
    const buttons = offered.map(([what, args]) => {
      const button = make("button", { type: "button", "data-do": what, "aria-label": `${doText(what)}: ${item.device}` }, doText(what));
      button.onclick = () => this.ask(what, args, button);
      return button;
    });
    return make("p", { class: "actions" }, ...buttons);
  }

  // What lets it in and whether it may: for admins, each with a question before it.
  keys() {
    const { site, device, codec } = this.item;
    const one = (what, work) => {
      const button = make("button", { type: "button", "data-do": what, "aria-label": `${words(`fleet.${what}`)}: ${device}` }, words(`fleet.${what}`));
      button.onclick = async () => {
        const sure = await ask(words(`fleet.${what}_question`, { device }), words(`fleet.${what}`), make("p", {}, words(`fleet.${what}_means`)));
        if (sure) await busy(button, this.note, work);
      };
      return button;
    };
    const path = `/devices/${site}/${device}`;
    const rotate = async () => {
      const card = issuedCard(device, await post(`${path}/rotate`), () => this.element.querySelector("[data-do=keys]")?.focus());
      if (card) this.issued.append(card);
      return words("fleet.rotated");
    };
    const revoke = async () => {
      await post(`${path}/revoke`);
      return words("fleet.revoked");
    };
    const gone = async () => {
      await remove(path);
      await this.onGone();
    };
    const ways = codec ? [] : [one("rotate", rotate), one("revoke", revoke)];
    return this.fold("keys", words("fleet.keys"), false, make("p", { class: "actions" }, ...ways, one("remove", gone)));
  }

  async ask(what, args, button) {
    const { site, device } = this.item;
    button.disabled = true;
    try {
      await post(`/devices/${site}/${device}/commands`, { do: what, args });
      this.answer(words("board.command_taken", { do: doText(what) }), false);
    } catch (problem) {
      this.answer(words("board.act_failed", { reason: problem.message }), true);
    } finally {
      button.disabled = false;
    }
  }

  answer(sentence, wrong) {
    tell(this.note, sentence, wrong);
  }
}

// What hangs at the door shows a page of ours: here it can be seen from a desk.
function screenLink({ site, space }) {
  return make("p", { class: "screen" }, make("a", { href: `/screen/${site}/${space}` }, words("board.device_screen")));
}

const doText = (what) => words(`board.do_${what}`);

function figure(name, wrong, main, more, drawing) {
  return make("li", { class: name, "data-wrong": wrong }, make("b", {}, main), more ? make("span", {}, more) : null, drawing ?? null);
}

function trendLine(battery) {
  const [first] = battery.days;
  return first && sparkline(battery.days, words("fleet.battery_days", { n: battery.days.length, first: Math.round(first.pct), last: Math.round(battery.pct) }));
}

function daysText(battery) {
  return battery.days_left == null ? null : words("board.device_days_left", { n: Math.floor(battery.days_left) });
}

function trendText(signal) {
  const trend = signal.dbm_per_day;
  if (trend == null || Math.abs(trend) < 0.1) return null;
  return words("board.device_signal_trend", { n: `${trend > 0 ? "+" : "−"}${Math.abs(trend).toFixed(1)}` });
}

function offsetText(clock) {
  const ms = Math.abs(clock.offset_ms);
  if (ms < 1000) return words("board.device_clock_right");
  return words(clock.offset_ms > 0 ? "board.device_clock_ahead" : "board.device_clock_behind", { duration: duration(ms) });
}

function driftText(clock) {
  return clock.drift_ppm == null ? null : words("board.device_drift", { n: clock.drift_ppm.toFixed(0) });
}

function valueText(value) {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
