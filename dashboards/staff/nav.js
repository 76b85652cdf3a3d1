// The way between the staff pages, with the number of alerts that stand.

import { byId, make, setAttribute, setText } from "../shared/dom.js";
import { get, remove } from "../shared/http.js";
import { words } from "../shared/words.js";

const ACTING = new Set(["steward", "scheduler", "admin"]);
const EVERYBODY = new Set(["viewer", "steward", "scheduler", "partner", "admin"]);
const PAGES = [
  ["/", "page.nav_board", EVERYBODY],
  ["/decisions", "page.nav_decisions", EVERYBODY],
  ["/usage", "page.nav_usage", EVERYBODY],
  ["/partner", "page.nav_partner", new Set(["partner", "admin"])],
  ["/devices", "page.nav_devices", ACTING],
  ["/quarantine", "page.nav_quarantine", ACTING],
  ["/calendars", "page.nav_calendars", ACTING],
  ["/setup", "page.nav_setup", new Set(["scheduler", "admin"])],
  ["/people", "page.nav_people", new Set(["admin"])],
];

// Stewards, schedulers and admins act; everybody else looks.
export const mayAct = (who) => ACTING.has(who.role);

export class Nav {
  constructor(element, who) {
    this.badge = make("span", { class: "count", hidden: true });
    this.onMenu = make("span", { class: "count", hidden: true });
    const allowed = PAGES.filter(([, , roles]) => roles.has(who.role));
    const here = allowed.find(([path]) => location.pathname === path);
    const links = allowed.map(([path, key]) => make("a", { href: path, "aria-current": path === here?.[0] ? "page" : null }, words(key), path === "/" ? this.badge : null));
    const list = make("div", { class: "nav-links", id: "nav-links" }, ...links);
    element.setAttribute("aria-label", words("page.nav"));
    element.replaceChildren(menu(element, list, here ? words(here[1]) : words("page.nav"), this.onMenu), list);
    const named = words("board.signed_in_as", { name: who.name, role: words(`board.role_${who.role}`) });
    const account = make("button", { type: "button", id: "account-of-mine", "aria-haspopup": "dialog" }, named);
    // Few open it on any day: its code and words come when they are asked for.
    account.onclick = async () => (await import("./profile.js")).openProfile(await get("/session"));
    byId("who").replaceChildren(account);
    byId("sign-out").onclick = async () => {
      await remove("/session").catch(() => {}); // without an answer the sign-in page is still the place to be
      location.replace("/signin");
    };
  }

  // `alerts` are those that stand.
  show(alerts) {
    for (const badge of [this.badge, this.onMenu]) {
      badge.hidden = alerts.length === 0;
      setText(badge, String(alerts.length));
      setAttribute(badge, "data-level", alerts.some((one) => one.level === "critical") ? "critical" : "warning");
      setAttribute(badge, "aria-label", words("page.nav_alerts", { n: alerts.length }));
      setAttribute(badge, "role", "img"); // so that its label is read instead of the bare number
    }
  }
}

// On a phone the pages are behind this button, which says where one is.
function menu(element, list, text, badge) {
  const button = make("button", { type: "button", class: "nav-menu", "aria-expanded": "false", "aria-controls": list.id }, "☰ ", text, badge);
  const open = (yes) => {
    element.toggleAttribute("data-open", yes);
    button.setAttribute("aria-expanded", String(yes));
  };
  button.onclick = () => open(!element.hasAttribute("data-open"));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.hasAttribute("data-open")) return;
    open(false);
    button.focus();
  });
  element.addEventListener("focusout", (event) => {
    if (!element.contains(event.relatedTarget) && event.relatedTarget) open(false);
  });
  return button;
}
