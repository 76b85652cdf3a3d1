// The devices of a site as the catalogue has them: where each stands, what it is, and how it speaks.

import { make } from "../../shared/dom.js";
import { kindName } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import { numberControl, selectControl, textControl } from "./controls.js";
import { Entries } from "./entries.js";

export const KINDS = ["presence", "motion", "count", "door", "charging", "climate", "button", "lending", "screen"];
const CODECS = ["zigbee2mqtt", "tasmota", "shelly", "chirpstack", "things_stack", "ocpp"];

export function devicesSection(catalogue, site) {
  const listed = new Entries({
    items: () => catalogue.of("devices", site),
    key: (device) => device.id,
    title: (device) => device.id,
    facts: (device) => [kindName(device.kind), catalogue.spaceName(site, device.space), device.codec, device.topic],
    add: "",
    none: words("setup.devices_none"),
    fixed: true,
    fields: (device) => [
      { name: "space", label: words("setup.space"), control: selectControl(device.space, catalogue.spaces(site).map((one) => [one.id, one.name])) },
      { name: "kind", label: words("setup.device_kind"), control: selectControl(device.kind, KINDS.map((one) => [one, kindName(one)])) },
      {
        name: "heartbeat_s",
        label: words("setup.heartbeat"),
        hint: words("setup.heartbeat_hint"),
        control: numberControl(device.heartbeat_s, { min: 0.001, max: 31_536_000, none: null, step: "any" }),
      },
      {
        name: "codec",
        label: words("setup.codec"),
        hint: words("setup.codec_hint"),
        control: nullable(selectControl(device.codec ?? "", [["", words("setup.codec_none")], ...CODECS.map((one) => [one, one])])),
      },
      { name: "topic", label: words("setup.topic"), hint: words("setup.topic_hint"), control: nullable(textControl(device.topic, { max: 500 })) },
    ],
    save: async (device, values, changes) => (await catalogue.change("PATCH", `/devices/${site}/${device.id}`, changes)).trouble,
    removing: () => words("setup.device_removing"),
    remove: async (device) => (await catalogue.change("DELETE", `/devices/${site}/${device.id}`)).trouble,
  });
  const links = make(
    "p",
    { class: "actions" },
    make("a", { class: "button", href: "/welcome" }, words("setup.device_add")),
    make("a", { class: "button", href: "/devices" }, words("setup.devices_page")),
  );
  return { element: make("div", {}, links, listed.element) };
}

const nullable = (control) => ({ ...control, read: () => control.read() || null });
