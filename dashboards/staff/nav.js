// The way between the staff pages, with the number of alerts that stand.

import { byId, make, setAttribute, setText } from "./dom.js";
import { remove } from "./http.js";
import { words } from "./words.js";

const ACTING = new Set(["steward", "scheduler", "admin"]);
const PAGES = [
  ["/", "board.nav_board"],
  ["/devices", "board.nav_devices"],
  ["/quarantine", "board.nav_quarantine"],
];

// Stewards, schedulers and admins act; everybody else looks.
export const mayAct = (who) => ACTING.has(who.role);

export class Nav {
  constructor(element, who) {
    this.badge = make("span", { class: "count", hidden: true });
    const allowed = PAGES.filter(([path]) => path === "/" || mayAct(who));
    const links = allowed.map(([path, key]) => {
      const here = location.pathname === path;
      return make("a", { href: path, "aria-current": here ? "page" : null }, words(key), path === "/" ? this.badge : null);
    });
    element.setAttribute("aria-label", words("board.nav"));
    element.replaceChildren(...links);
    setText(byId("who"), words("board.signed_in_as", { name: who.name, role: words(`board.role_${who.role}`) }));
    byId("sign-out").onclick = async () => {
      await remove("/session").catch(() => {}); // without an answer the sign-in page is still the place to be
      location.replace("/signin");
    };
  }

  // `alerts` are those that stand.
  show(alerts) {
    this.badge.hidden = alerts.length === 0;
    setText(this.badge, String(alerts.length));
    setAttribute(this.badge, "data-level", alerts.some((one) => one.level === "critical") ? "critical" : "warning");
    setAttribute(this.badge, "aria-label", words("board.nav_alerts", { n: alerts.length }));
    setAttribute(this.badge, "role", "img"); // so that its label is read instead of the bare number
  }
}
