// Calendars and notices: secret links to calendars, bringing somebody's calendar in, and who outside is told of what.

import { byId } from "../shared/dom.js";
import { everything, get } from "../shared/http.js";
import { drawFeeds, feedForm } from "./calendarfeeds.js";
import { importForm } from "./calendarimport.js";
import { open } from "./page.js";
import { drawSubscriptions, subscriptionForm } from "./subscriptions.js";

let house = null; // what the forms choose from: sites with their spaces, and groups

async function read(who) {
  if (house === null) {
    house = await theHouse();
    feedForm(byId("feed-form"), house, readFeeds);
    importForm(byId("import-form"), house);
    if (mayTell(who)) subscriptionForm(byId("subscription-form"), house, () => readSubscriptions(who));
  }
  await Promise.all([readFeeds(), readSubscriptions(who)]);
}

// Who says what goes outside; stewards see how that goes.
const mayTell = (who) => who.role === "scheduler" || who.role === "admin";

async function theHouse() {
  const [spaces, groups] = await Promise.all([everything("/spaces"), get("/groups")]);
  const sites = new Map();
  for (const one of spaces) {
    if (!sites.has(one.site)) sites.set(one.site, []);
    sites.get(one.site).push(one);
  }
  return { sites, groups: groups.items };
}

async function readFeeds() {
  const feeds = await everything("/calendars");
  byId("feeds-none").hidden = feeds.length > 0;
  drawFeeds(byId("feed-list"), feeds, readFeeds);
}

async function readSubscriptions(who) {
  const page = await get("/subscriptions?limit=500");
  byId("subscriptions-none").hidden = page.items.length > 0;
  byId("subscribe").hidden = !mayTell(who);
  const mail = byId("subscription-form").elements.namedItem("kind")?.querySelector("[value=mail]");
  if (mail) mail.disabled = !page.mail;
  drawSubscriptions(byId("subscription-list"), page.items, mayTell(who), () => readSubscriptions(who));
}

await open("calendar.title", read);
