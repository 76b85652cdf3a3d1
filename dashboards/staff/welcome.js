// The guide from an empty catalogue to the first live sensor: site, space, sensor, and its first message.

import { copyOrSelect } from "../shared/copy.js";
import { byId, make, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { open } from "./page.js";
import { Catalogue } from "./setup/catalogue.js";
import { numberControl, selectControl, textControl } from "./setup/controls.js";
import { KINDS } from "./setup/devices.js";
import { Form } from "./setup/form.js";
import { idField, ownZone, zoneControl } from "./setup/places.js";
import { functionsControl } from "./setup/wordscontrol.js";
import { microSnippet, payloadOf, pythonSnippet, terminal, topicOf } from "./setup/snippets.js";
import { shape } from "../shared/shapes.js";
import { kindName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

const STEPS = ["site", "space", "sensor", "live"];
const LOOK_MS = 1_000;

const catalogue = new Catalogue();
let broker = null;
let site = null;
let space = null;
let watching = 0; // the number of the present watch; an older one ends

function show(name, ...content) {
  const now = STEPS.indexOf(name);
  byId("steps").replaceChildren(
    ...STEPS.map((one, index) =>
      make("li", { "aria-current": index === now ? "step" : null, "data-done": index < now }, words(`setup.step_${one}`)),
    ),
  );
  const title = make("h2", { id: "step-title", tabindex: -1 }, words(name === "live" ? "setup.welcome_connect" : `setup.welcome_${name}`));
  byId("step").replaceChildren(title, ...content.filter(Boolean));
  byId("later").hidden = catalogue.sites.length > 0;
}

const focusTitle = () => byId("step-title").focus();

function siteStep() {
  const zone = ownZone();
  const form = new Form({
    fields: [
      { name: "name", label: words("setup.site_name"), control: textControl("", { required: true }) },
      { name: "timezone", label: words("setup.timezone"), hint: words("setup.timezone_hint"), control: zoneControl(zone) },
      idField(catalogue.freeId("", "site", catalogue.sites)),
    ],
    save: words("setup.welcome_next"),
    onSave: async (values) => {
      const made = await catalogue.change("POST", "/sites", values);
      form.forget();
      site = made.id;
      spaceStep();
      focusTitle();
    },
  });
  show("site", form.element);
}

function spaceStep() {
  const spaces = catalogue.spaces(site);
  const form = new Form({
    fields: [
      { name: "name", label: words("setup.space_name"), control: textControl("", { required: true }) },
      { name: "capacity", label: words("setup.capacity"), control: numberControl(10, { min: 1, max: 100_000 }) },
      idField(catalogue.freeId("", "space", spaces)),
      { name: "functions", label: words("setup.functions"), hint: words("setup.functions_hint"), control: functionsControl([], catalogue.functions(site)) },
    ],
    save: words("setup.welcome_next"),
    onSave: async (values) => {
      const made = await catalogue.change("POST", "/spaces", { ...values, site });
      form.forget();
      space = made.id;
      sensorStep();
      focusTitle();
    },
  });
  show("space", spaces.length ? known(spaces, form) : null, form.element);
}

// Somebody who comes back has spaces already: the sensor may stand in one of them.
function known(spaces, form) {
  const choice = selectControl("", [["", words("setup.welcome_space_new")], ...spaces.map((one) => [one.id, one.name])]);
  const next = make("button", { type: "button", class: "primary", hidden: true }, words("setup.welcome_next"));
  choice.element.onchange = () => {
    form.element.hidden = choice.read() !== "";
    next.hidden = choice.read() === "";
  };
  next.onclick = () => {
    form.forget();
    space = choice.read();
    sensorStep();
    focusTitle();
  };
  const choose = make("label", { class: "narrow" }, make("span", {}, words("setup.welcome_space_which")), choice.element);
  choice.element.value = spaces[0].id;
  choice.element.onchange();
  return make("div", { class: "listing" }, choose, make("p", { class: "actions" }, next));
}

function sensorStep() {
  const kind = selectControl("presence", KINDS.map((one) => [one, kindName(one)]));
  const form = new Form({
    fields: [
      { name: "kind", label: words("setup.welcome_kind"), control: kind },
      idField(catalogue.freeId("", "sensor", catalogue.of("devices", site))),
    ],
    save: words("setup.welcome_make"),
    onSave: async (values) => {
      const device = await catalogue.change("POST", "/devices", { ...values, site, space });
      form.forget();
      liveStep(device);
      focusTitle();
    },
  });
  const claim = make("p", { class: "hint" }, words("setup.welcome_code"), " ", make("a", { href: "/devices" }, words("setup.welcome_code_go")));
  show("sensor", make("p", { class: "lead" }, words("setup.welcome_sensor_lead")), form.element, claim);
}

function liveStep(device) {
  const address = { host: broker.host ?? location.hostname, port: broker.port ?? (broker.tls ? 8883 : 1883), tls: broker.tls };
  const facts = [
    ["setup.welcome_address", `${address.tls ? "mqtts" : "mqtt"}://${address.host}:${address.port}`],
    ["setup.welcome_user", device.credentials.username],
    ["setup.welcome_password", device.credentials.password],
    ["setup.welcome_topic", topicOf(device)],
    ["setup.welcome_payload", payloadOf(device.kind)],
  ];
  const list = make("dl", { class: "credentials", id: "credentials" });
  for (const [key, value] of facts) list.append(make("dt", {}, words(key)), make("dd", {}, make("code", {}, value)));
  const wait = make("div", { class: "waiting", role: "status" }, make("b", {}, words("setup.welcome_waiting")), make("span", { class: "hint" }, words("setup.welcome_waiting_hint")));
  show(
    "live",
    make("p", { class: "lead" }, words("setup.welcome_once")),
    list,
    broker.only_here ? make("p", { class: "hint" }, words("setup.welcome_only_here")) : null,
    device.trouble ? make("p", { class: "answer", "data-wrong": true }, words("setup.welcome_trouble"), " ", device.trouble) : null,
    wait,
    snippet("setup.welcome_try", terminal(device, address, device.credentials), "terminal"),
    folded("setup.welcome_python", pythonSnippet(device, address, device.credentials)),
    folded("setup.welcome_micropython", microSnippet(device, address, device.credentials)),
  );
  watching += 1;
  watch(device, wait, watching);
}

function snippet(key, text, id = null) {
  const copy = make("button", { type: "button", "aria-label": words("setup.welcome_copy_of", { what: words(key) }) }, words("setup.welcome_copy"));
  const pre = make("pre", { tabindex: 0, role: "group", "aria-label": words(key), id }, text);
  copy.onclick = async () => {
    if (await copyOrSelect(pre, text)) setText(copy, words("setup.welcome_copied"));
  };
  return make("div", { class: "snippet" }, make("header", {}, make("span", {}, words(key)), copy), pre);
}

function folded(key, text) {
  return make("details", {}, make("summary", {}, words(key)), snippet(key, text));
}

// Look every second until its first message has come; what could not be understood is told with its reason.
async function watch(device, wait, number) {
  const mine = `/dev/${device.id}/`;
  let told = null;
  while (number === watching && wait.isConnected) {
    try {
      const [devices, place, strange] = await Promise.all([
        get(`/devices?site=${device.site}&space=${device.space}`),
        get(`/spaces/${device.site}/${device.space}`),
        get("/quarantine?limit=20"),
      ]);
      const heard = devices.items.find((one) => one.device === device.id);
      // A screen or a button moves no state: having been heard is all it can do.
      const moved = place.state !== null && place.state.occupancy !== "unknown";
      const silentKind = ["screen", "button", "lending", "door", "climate", "charging"].includes(device.kind);
      if (heard && heard.last_seen && (moved || silentKind)) return done(place);
      const bad = strange.items.find((one) => one.topic.startsWith(`fs/v1/${device.site}`) && one.topic.includes(mine));
      if (bad && bad.id !== told) {
        told = bad.id;
        wait.toggleAttribute("data-wrong", true);
        wait.replaceChildren(
          make("b", {}, words("setup.welcome_quarantined")),
          make("span", {}, bad.reason),
          make("span", { class: "hint" }, words("setup.welcome_quarantined_hint")),
        );
      }
    } catch {
      // the server is away for a moment; the next look tells
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function done(place) {
  watching += 1;
  const tile = make("div", { class: "live-tile", id: "live-tile" });
  draw(tile, place);
  const again = make("button", { type: "button" }, words("setup.welcome_another"));
  again.onclick = () => {
    spaceStep();
    focusTitle();
  };
  show("live");
  for (const item of byId("steps").children) item.setAttribute("data-done", "");
  setText(byId("step-title"), words("setup.welcome_done"));
  byId("step").append(
    make("p", { class: "lead" }, words("setup.welcome_done_lead")),
    tile,
    make(
      "p",
      { class: "actions" },
      make("a", { class: "button primary", href: "/" }, words("setup.welcome_board")),
      make("a", { class: "button", href: "/setup" }, words("setup.welcome_setup")),
      again,
    ),
  );
  focusTitle();
  follow(place, tile, watching);
}

// The space as the board tells it: shape, word and why.
function draw(tile, place) {
  const state = place.state?.occupancy ?? "silent";
  tile.replaceChildren(
    make(
      "article",
      { class: "tile", "data-state": state, "data-space": `${place.site}/${place.space}` },
      make("h3", {}, place.name),
      make("p", { class: "state" }, shape(state), make("strong", { class: "word" }, words(`board.${state}`))),
      make("p", { class: "why" }, place.state?.why ?? words("board.never_heard")),
    ),
  );
}

// It stays live as long as one looks at it.
async function follow(place, tile, number) {
  while (number === watching && tile.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS * 2));
    try {
      draw(tile, await get(`/spaces/${place.site}/${place.space}`));
    } catch {
      // the server is away for a moment; the next look tells
    }
  }
}

let begun = false;
await open("setup.welcome", async () => {
  if (begun) return;
  begun = true;
  [broker] = await Promise.all([get("/broker"), catalogue.read()]);
  site = catalogue.sites[0]?.id ?? null;
  if (site === null) siteStep();
  else spaceStep();
});
