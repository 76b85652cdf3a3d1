// The page of devices: strangers on top, then every device, the worst first.

import { DeviceCard } from "./devicecard.js";
import { byId, make, setText } from "../shared/dom.js";
import { everything, get } from "../shared/http.js";
import { mayAct } from "./nav.js";
import { NewDevice } from "./newdevice.js";
import { open } from "./page.js";
import { passes, troubles, worstFirst } from "./trouble.js";
import { Unclaimed } from "./unclaimed.js";
import { words } from "../shared/words.js";

const SHOWN = 100; // cards; a phone draws thousands of them slowly, and nobody reads them
const FRAME_MS = 1_000;
const STATES = ["trouble", "doubted", "offline", "late", "unheard", "online"];

let unclaimed = null;
let newcomer = null;
let devices = [];
let spaces = [];
let shown = SHOWN;
let cards = new Map();
let acting = false;
let admin = false;

let reread = async () => {};

async function read(who) {
  acting = mayAct(who);
  admin = who.role === "admin";
  unclaimed ??= new Unclaimed(byId("unclaimed"), acting, () => read(who));
  reread = () => read(who);
  const [known, strangers, places] = await Promise.all([
    everything("/devices"),
    get("/devices/unclaimed"),
    get("/spaces"),
  ]);
  spaces = places.items;
  if (admin) newcomer ??= new NewDevice(byId("new"), () => read(who));
  newcomer?.offer(spaces);
  devices = worstFirst(known);
  unclaimed.show(strangers.items, spaces);
  offerPlaces();
  draw();
}

function filter() {
  return { place: byId("place").value, state: byId("state").value };
}

function draw() {
  const passing = devices.filter((device) => passes(device, filter()));
  const names = new Map(spaces.map((space) => [`${space.site}/${space.space}`, space.name]));
  const kept = new Map();
  for (const item of passing.slice(0, shown)) {
    const key = `${item.site}/${item.device}`;
    const card = cards.get(key) ?? new DeviceCard(acting, admin, () => reread());
    card.show(item, names.get(`${item.site}/${item.space}`) ?? item.space);
    kept.set(key, card);
  }
  const same = [...kept.keys()].join() === [...cards.keys()].join();
  cards = kept;
  if (!same) arrange([...kept.values()].map((card) => card.element));
  const bad = devices.filter((device) => troubles(device).length > 0).length;
  setText(byId("tally"), words("board.devices_tally", { n: devices.length, shown: passing.length, bad }));
  byId("none").hidden = passing.length > 0;
  byId("more").hidden = passing.length <= shown;
}

// Put the cards in this order. Moving an element takes its focus away, so it is given back.
function arrange(elements) {
  const focused = document.activeElement;
  byId("list").replaceChildren(...elements);
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

// The sites and spaces to choose from; a choice made stays made.
function offerPlaces() {
  const select = byId("place");
  const sites = [...new Set(spaces.map((space) => space.site))];
  const options = [["", words("board.filter_all_places")]];
  for (const site of sites) {
    if (sites.length > 1) options.push([site, site]);
    for (const space of spaces) if (space.site === site) options.push([`${site}/${space.space}`, space.name]);
  }
  offer(select, options);
}

function offer(select, options) {
  const fresh = options.map(([value, text]) => make("option", { value }, text));
  const same = fresh.length === select.options.length && fresh.every((one, place) => one.isEqualNode(select.options[place]));
  if (same) return;
  const chosen = select.value;
  select.replaceChildren(...fresh);
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

function begin() {
  offer(byId("state"), [["", words("board.filter_all_states")], ...STATES.map((state) => [state, words(`board.presence_${state}`)])]);
  for (const id of ["place", "state"]) {
    byId(id).onchange = () => {
      shown = SHOWN;
      draw();
    };
  }
  byId("more").onclick = () => {
    shown += SHOWN;
    draw();
  };
  setInterval(() => {
    for (const card of cards.values()) card.frame();
  }, FRAME_MS);
}

let begun = false;
await open("board.devices", async (who) => {
  if (!begun) begin();
  begun = true;
  await read(who);
});
