// The residents' page: which community, three tabs, and looking again every few seconds with what is shown marked as old
// when nobody answers.

import { byId, make, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { now, setClock } from "../shared/time.js";
import { loadWords, words } from "../shared/words.js";
import { Ask } from "./ask.js";
import { Free } from "./free.js";
import { keepFresh, showAge } from "./freshness.js";
import { load, me, speakTheirs } from "./me.js";
import { Mine, readMine, tick } from "./mine.js";

const SITE = "foldspace.site";

class App {
  constructor() {
    this.spaces = [];
    this.readAt = null;
    this.tabs = { free: new Free(this), ask: new Ask(this), mine: new Mine(this) };
    this.main = byId("main");
  }

  async start() {
    await loadWords();
    const { items } = await get("/public/sites");
    const [, where, asked] = location.pathname.split("/");
    const choose = new URLSearchParams(location.search).has("choose");
    this.site = asked || (choose ? null : remembered(items)) || (items.length === 1 ? items[0].site : null);
    if (!items.some((one) => one.site === this.site)) return this.choose(items, asked);
    remember(this.site);
    byId("change-site").hidden = items.length < 2;
    byId("tabs").hidden = false;
    if (where === "me" && !location.hash) history.replaceState(null, "", "#mine");
    await load().catch(() => null); // without an answer the page says so below
    speakTheirs();
    addEventListener("hashchange", () => this.show(true));
    await this.again();
    this.show(true);
    keepFresh(this);
    return undefined;
  }

  choose(items, asked) {
    const links = items.map((one) => make("li", {}, make("a", { class: "card", href: `/r/${one.site}` }, make("span", { class: "name" }, one.name))));
    this.main.replaceChildren(make("h2", {}, words(asked ? "resident.no_site" : "resident.choose_site")), make("ul", { class: "cards" }, ...links));
    document.title = words("resident.title");
  }

  // Read everything again; what cannot be read stays as it was, and says so.
  async again() {
    try {
      const answer = await get(`/public/spaces?site=${encodeURIComponent(this.site)}`);
      setClock(answer);
      this.zone = answer.zone;
      this.spaces = answer.items;
      setText(byId("site"), answer.name);
      document.title = `${answer.name} · ${words("resident.title")}`;
      if (me() !== null) this.tabs.mine.data = await readMine();
      this.readAt = performance.now();
    } catch (problem) {
      if (this.readAt === null) setText(this.main.querySelector(".lead") ?? this.main, problem.message);
    }
    this.mark();
    if (this.readAt !== null) this.show();
  }

  // `anew`: the reader chose a tab. Forms are not drawn over while somebody fills them in.
  show(anew = false) {
    if (this.readAt === null) return;
    const tab = location.hash.slice(1) in this.tabs ? location.hash.slice(1) : "free";
    for (const link of document.querySelectorAll("[data-tab]")) {
      if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const { offers = [], proposals = [] } = this.tabs.mine.data ?? {};
    const held = offers.length + proposals.length; // what waits for their answer
    byId("held").hidden = held === 0 || me() === null;
    setText(byId("held"), String(held));
    if (anew) this.main.replaceChildren();
    if (!anew && tab === "ask") return;
    this.tabs[tab].show(this.main);
    if (anew) scrollTo(0, 0);
  }

  mark() {
    if (this.readAt !== null) tick();
    showAge(this.readAt);
  }

  // The local day so many days on, and the local hour, by the site's own clock.
  today(days) {
    const at = new Date(now() + days * 86_400_000);
    return new Intl.DateTimeFormat("en-CA", { timeZone: this.zone }).format(at);
  }

  hour() {
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, hour: "2-digit", hourCycle: "h23" });
    return Number(hour.format(new Date(now())));
  }
}

function remembered(items) {
  try {
    const site = localStorage.getItem(SITE);
    return items.some((one) => one.site === site) ? site : null;
  } catch {
    return null;
  }
}

function remember(site) {
  try {
    localStorage.setItem(SITE, site);
  } catch {
    // then the next visit chooses again
  }
}

const app = new App();
app.start().catch((problem) => setText(byId("main"), words("page.browser_old", { reason: problem.message })));
