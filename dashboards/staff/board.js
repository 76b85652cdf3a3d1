// The staff board: reads the level that was asked for ahead, then applies what the stream says.

import { Account } from "./account.js";
import { askLevel, clock, FEED, handOver, readClock, session, spoken } from "./ahead.js";
import { Alerts } from "./alerts.js";
import { fromAddress, isStale, passes, shownState, toAddress } from "./boardfilter.js";
import { Dialog } from "./dialog.js";
import { byId, make, setAttribute, setText, style } from "../shared/dom.js";
import { Feed } from "./feed.js";
import { FilterBar } from "./filterbar.js";
import { keyOf, Level } from "./level.js";
import { mayAct, Nav } from "./nav.js";
import { shape } from "../shared/shapes.js";
import { Spaces } from "./spaces.js";
import { clockFace, duration, now, siteOf, sites, speed, staleAfter, useZone } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const FRAME_MS = 500;
const FAST_FRAME_MS = 250; // a countdown on a fast clock must not look stuck
const CLOCK_MS = 30_000;
const RETRY_MS = 2_000;
const COUNTED = ["occupied", "vacant", "unknown"];
const SETTING = new Set(["scheduler", "admin"]);

class Board {
  constructor(who) {
    const acting = mayAct(who);
    const nav = new Nav(byId("nav"), who);
    this.who = who;
    this.dialog = new Dialog(byId("dialog"), who, (item) => this.focusOn(item));
    this.names = new Map();
    this.decisions = [];
    this.level = new Level((changed) => this.apply(changed));
    this.filter = fromAddress(location.search);
    this.bar = new FilterBar(byId("filters"), this.filter, (filter) => this.choose(filter));
    this.none = make("p", { class: "lead none", hidden: true }, words("board.filter_none"));
    this.place = make("div", { class: "view-place" });
    byId("spaces").append(this.place, this.none);
    this.views = new Map([["tiles", new Spaces((item, from, booking) => this.open(item, from, booking))]]);
    this.view = null;
    this.shown = [];
    this.feed = new Feed(byId("decisions"), acting, (decision, how) => this.dialog.ask(decision, how));
    this.alerts = new Alerts(byId("alerts"), (standing) => nav.show(standing));
    this.account = new Account(byId("account"), byId("quarantine"), acting);
    this.counts = tallies(byId("tallies"));
    setText(byId("site"), siteOf(this.filter.site)?.name ?? sites()[0]?.name ?? words("page.title"));
    this.linked = true; // until it turns out otherwise: what is drawn first has just been read
    this.opened = false;
    this.newest = null;
    this.reading = null; // what arrives while the level is being read waits in `early`
    this.early = [];
    this.feedRead = false; // the spaces are shown without waiting for what was decided
    this.heardAt = null; // community time at which the link was last known to be good
  }

  start() {
    setInterval(() => this.frame(), speed() > 1 ? FAST_FRAME_MS : FRAME_MS);
    setInterval(() => readClock(), CLOCK_MS);
    window.addEventListener("popstate", () => this.choose(fromAddress(location.search), false));
    this.frame();
  }

  take(name, data) {
    if (this.reading !== "read" || (name !== "space_state" && !this.feedRead)) {
      this.early.push([name, data]);
      return;
    }
    if (name === "space_state") this.level.put(data);
    else if (name === "decision") this.decided(data);
    else this.alerts.put(data);
  }

  decided(decision) {
    if (this.isHere(decision)) this.feed.put(decision);
    this.decisions = [decision, ...this.decisions.filter((one) => one.id !== decision.id)].slice(0, FEED);
    const spaces = this.level.touched(decision.site, decision.space);
    if (decision.site === this.filter.site) this.views.get("day")?.decided(spaces, decision.booking);
    if (this.dialog.panel?.item.site === decision.site) this.dialog.panel.decided(spaces, decision.booking);
  }

  isHere(record) {
    return !this.filter.site || record.site === this.filter.site;
  }

  // `asked` are the answers on their way.
  async readLevel(asked = askLevel()) {
    const reading = Symbol("reading"); // a newer reading makes an older one void
    this.reading = reading;
    this.feedRead = false;
    this.early = [];
    this.newest = reading;
    try {
      const [spaces] = await Promise.all([asked.spaces, asked.clock]);
      if (this.newest !== reading) return;
      this.names = new Map(spaces.items.map((item) => [keyOf(item), item.name]));
      this.settleSite(spaces.items);
      this.level.replace(spaces.items);
      this.reading = "read";
      this.takeEarly();
      this.views.get("day")?.again();
      this.dialog.panel?.again();
      this.frame();
      const [decisions, alerts] = await Promise.all([asked.decisions, asked.alerts]);
      if (this.newest !== reading) return;
      this.decisions = decisions.items;
      this.feed.replace(this.decisions.filter((one) => this.isHere(one)));
      this.alerts.replace(alerts.items);
      this.feedRead = true;
      this.takeEarly();
    } catch {
      if (this.newest === reading) setTimeout(() => this.newest === reading && this.readLevel(), RETRY_MS);
    }
  }

  takeEarly() {
    for (const [name, data] of this.early.splice(0)) this.take(name, data);
  }

  // One site at a time: the one asked for, or the first there is.
  settleSite(items) {
    const there = [...new Set(items.map((item) => item.site))];
    const site = there.includes(this.filter.site) ? this.filter.site : (there[0] ?? "");
    this.filter = { ...this.filter, site };
    this.bar.filter = this.filter;
    useZone(siteOf(site)?.zone ?? null);
    setText(byId("site"), siteOf(site)?.name || words("page.title"));
    const mine = items.filter((item) => item.site === site);
    const all = (name) => [...new Set(mine.flatMap((item) => item[name]))].sort();
    this.bar.offer(sites().filter((one) => there.includes(one.id)).map((one) => [one.id, one.name]), all("functions"), all("features"));
  }

  choose(filter, remember = true) {
    const other = filter.site !== this.filter.site;
    const several = sites().length > 1;
    this.filter = filter;
    this.bar.filter = filter;
    if (!remember) this.bar.showChoice();
    else history.replaceState(null, "", toAddress(several ? filter : { ...filter, site: "" }, location.search) || location.pathname);
    if (other || !remember) this.settleSite([...this.level.items.values()]);
    if (other) this.feed.replace(this.decisions.filter((one) => this.isHere(one)));
    this.arrange();
    this.frame();
  }

  // What changed is drawn once per frame; what comes or goes by the filter is put in its place.
  apply(changed) {
    if (changed === null) {
      this.arrange();
      return;
    }
    for (const item of changed) this.dialog.refresh(item);
    const here = changed.filter((item) => this.isHere(item));
    const before = new Set(this.shown);
    const comesOrGoes = here.some((item) => this.isShown(item) !== before.has(keyOf(item)));
    if (comesOrGoes) this.arrange();
    else this.view?.change(here.filter((item) => this.view.takesAll || before.has(keyOf(item))));
  }

  // What has the focus stays until it is left, whatever became of it.
  isShown(item) {
    const focused = document.activeElement?.closest?.("[data-space]")?.dataset.space;
    return passes(item, this.filter, now(), staleAfter()) || (focused === keyOf(item) && this.shown.includes(focused));
  }

  async arrange() {
    const items = [...this.level.items.values()];
    const here = items.filter((item) => this.isHere(item));
    const passing = here.filter((item) => this.isShown(item));
    this.shown = passing.map(keyOf);
    const { view: name } = this.filter;
    const view = this.views.get(name) ?? (await this.fetchView(name));
    if (name !== this.filter.view) return; // somebody has chosen another one meanwhile
    if (view !== this.view) {
      this.view = view;
      this.place.replaceChildren(view.element);
      setAttribute(byId("spaces"), "data-view", name);
    }
    const more = view.show(passing, this.names, this.filter, here);
    view.frame(this.linked);
    if (more) requestAnimationFrame(() => setTimeout(() => this.arrange()));
    else if (here.length) this.dialog.prepare();
    this.bar.showCount(passing.length, here.length);
    this.none.hidden = passing.length > 0 || here.length === 0;
  }

  // Tiles are there at once; the other views are fetched when they are asked for.
  async fetchView(name) {
    const open = (item, from, booking) => this.open(item, from, booking);
    let made;
    if (name === "list") made = new (await import("./spacelist.js")).SpaceList(open);
    else if (name === "plan") made = new (await import("./planview.js")).PlanView(open, SETTING.has(this.who.role));
    else {
      const [found] = await Promise.all([import("./dayview.js"), style("/static/staff/day.css")]);
      made = new found.DayView(open);
    }
    if (!this.views.has(name)) this.views.set(name, made);
    return this.views.get(name);
  }

  open(item, from, booking = null) {
    from.focus({ preventScroll: true }); // so that closing comes back here, also after a click
    this.dialog.showSpace(this.level.items.get(keyOf(item)) ?? item, this.names, booking);
  }

  focusOn(item) {
    const found = this.place.querySelector(`[data-space="${CSS.escape(keyOf(item))}"], [data-space="${CSS.escape(item.space)}"]`);
    (found?.querySelector(".name") ?? found ?? byId("spaces")).focus();
  }

  link(up) {
    if (!up && this.linked) this.heardAt = now();
    this.linked = up;
    this.opened ||= up;
    this.frame();
  }

  frame() {
    if (now() === null) return;
    const face = clockFace(language());
    setText(byId("clock"), face.time);
    setText(byId("date"), face.date + (speed() > 1 ? ` · ${words("board.speed", { n: Math.round(speed()) })}` : ""));
    this.view?.frame(this.linked);
    this.feed.frame();
    this.dialog.frame(this.linked);
    this.showLink(this.tally());
  }

  // Count the states of the site; return how many spaces are out of date.
  tally() {
    const found = { occupied: 0, vacant: 0, unknown: 0, silent: 0 };
    let stale = 0;
    const at = now();
    for (const item of this.level.items.values()) {
      if (!this.isHere(item)) continue;
      if (isStale(item, at, staleAfter())) stale += 1;
      found[shownState(item, at, staleAfter())] += 1;
    }
    found.unknown += found.silent;
    for (const [state, number] of this.counts) setText(number, words("board.tally", { word: words(`board.${state}`), n: found[state] }));
    return stale;
  }

  showLink(stale) {
    const link = byId("link");
    const fresh = this.opened && this.linked && this.reading === "read";
    const state = !fresh ? (this.heardAt === null ? "connecting" : "reconnecting") : stale > 0 ? "stale" : "live";
    const age = state === "reconnecting" ? duration(now() - this.heardAt) : "";
    setAttribute(link, "data-link", state);
    setAttribute(document.body, "data-link", state);
    setText(link, words(`board.${state}`, { age, n: stale }));
  }
}

function tallies(element) {
  return new Map(
    COUNTED.map((state) => {
      const number = make("span");
      element.append(make("span", { class: "tally", "data-state": state }, shape(state), number));
      return [state, number];
    }),
  );
}

try {
  const [, who] = await Promise.all([spoken, session, clock]);
  const board = new Board(who);
  board.start();
  handOver(board);
} catch (problem) {
  if (problem.status !== 401) byId("link").textContent = words("page.browser_old", { reason: problem.message });
}
