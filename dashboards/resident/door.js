// The page behind the QR code at a door: whose time it is by the clock alone, checking in, and using the room now.

import { byId, make, setText } from "../shared/dom.js";
import { field, onSend } from "../shared/forms.js";
import { get, post } from "../shared/http.js";
import { now, setClock } from "../shared/time.js";
import { loadWords, words } from "../shared/words.js";
import { asMe, load, me, speakTheirs } from "./me.js";
import { Mine, readMine, tick } from "./mine.js";
import { refocused } from "./focus.js";
import { keepFresh, showAge } from "./freshness.js";
import * as say from "./say.js";
import { Sheet } from "./sheet.js";

const HERE = new Set(["booked", "warned", "in_use", "released"]);

class Door {
  constructor() {
    const [, , site, space] = location.pathname.split("/").map(decodeURIComponent);
    Object.assign(this, { site, space, readAt: null, said: "" });
    this.mine = new Mine(this);
    this.main = byId("main");
    this.parts = make("div", {});
    this.code = null;
  }

  async start() {
    await loadWords();
    byId("all").setAttribute("href", `/r/${this.site}`);
    await load().catch(() => null); // without an answer the page says so below
    speakTheirs();
    await this.again();
    keepFresh(this);
  }

  async again() {
    try {
      this.door = await get(`/public/spaces/${encodeURIComponent(this.site)}/${encodeURIComponent(this.space)}`);
      setClock(this.door);
      if (me() !== null) this.bookings = (await asMe(readMine)).bookings;
      this.readAt = performance.now();
      this.show();
    } catch (problem) {
      if (problem.status === 404) this.main.replaceChildren(make("p", { class: "empty" }, words("resident.no_space")));
      else if (this.readAt === null) setText(this.main.querySelector(".lead") ?? this.main, problem.message);
    }
    this.mark();
  }

  show() {
    const { space, site_name, busy_now, busy_next } = this.door;
    setText(byId("site"), space.name);
    document.title = `${space.name} · ${site_name}`;
    if (!this.parts.isConnected) this.main.replaceChildren(this.parts, this.codeForm());
    const own = me() === null ? null : this.own();
    const next = busy_next ? words("resident.door_next", { start: say.clock(busy_next.start), end: say.until(busy_next.start, busy_next.end) }) : words("resident.door_no_next");
    if (document.querySelector("dialog[open]")) return;
    refocused(this.parts, () => this.parts.replaceChildren(
      make("section", { class: "door", "data-state": own ? "mine" : space.state, "data-space": `${space.site}/${space.space}` },
        make("h2", { class: "big-word" }, own ? this.yours(own) : say.stateOf(space)),
        own ? make("p", { class: "outlook" }, words("resident.door_until", { time: say.until(own.start, own.end) })) : make("p", { class: "outlook" }, busy_now ? words("resident.door_busy", { time: say.clock(busy_now.end) }) : say.outlook(space)),
        make("p", { class: "lead" }, next),
        make("p", { class: "lead" }, [site_name, say.seats(space.capacity), ...space.functions.map(say.use)].join(" · "))),
      ...(own ? [make("ul", { class: "mine" }, this.mine.booking(own))] : []),
      ...(own || !space.free ? [] : [this.use(space)]),
      ...this.later(own),
    ));
    this.codeBox.hidden = busy_now === null && busy_next === null;
  }

  // My booking here: now, or within the check-in time.
  own() {
    const rooms = (this.bookings ?? []).filter((one) => one.site === this.site && one.space === this.space && HERE.has(one.state));
    return rooms.find((one) => Date.parse(one.opens_at) <= now() && now() < Date.parse(one.end)) ?? null;
  }

  yours(own) {
    if (Date.parse(own.start) > now()) return words("resident.door_yours_soon", { time: say.clock(own.start) });
    return words("resident.door_yours");
  }

  use(space) {
    const button = make("button", { class: "primary big", type: "button", "data-focus": "use" }, words("resident.door_use"));
    button.onclick = () => new Sheet(space, space.free, { here: true, changed: () => this.again() }).open();
    return button;
  }

  later(own) {
    const { space, today } = this.door;
    const coming = today.filter((one) => own || Date.parse(one.start) > now());
    if (!coming.length) return [];
    const buttons = coming.map((one) => {
      const button = make("button", { type: "button" }, say.span(one.start, one.end));
      button.onclick = () => new Sheet(space, one, { changed: () => this.again() }).open();
      return make("li", {}, button);
    });
    return [make("section", { class: "paper" }, make("h2", {}, words("resident.door_today")), make("ul", { class: "choices" }, ...buttons))];
  }

  codeForm() {
    const code = make("input", { name: "code", inputmode: "numeric", pattern: "[0-9]{4,8}", maxlength: 8, required: true, autocomplete: "off" });
    const line = make("p", { class: "answer", role: "status" });
    const form = make("form", { class: "enter" }, field(words("resident.door_code_label"), code), line,
      make("button", { type: "submit" }, words("resident.check_in")));
    onSend(form, line, async () => {
      const { said } = await post(`/public/spaces/${encodeURIComponent(this.site)}/${encodeURIComponent(this.space)}/check-in`, { code: code.value });
      code.value = "";
      this.again();
      return said;
    });
    this.codeBox = make("details", { class: "others paper" }, make("summary", {}, words("resident.door_have_code")), form);
    return this.codeBox;
  }

  mark() {
    if (this.readAt !== null) tick();
    showAge(this.readAt);
  }
}

const door = new Door();
door.start().catch((problem) => setText(byId("main"), words("page.browser_old", { reason: problem.message })));
