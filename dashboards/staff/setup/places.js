// Sites and spaces: what there is, for how many, for what, made of which parts, open when.

import { make } from "../../shared/dom.js";
import { functionName, listed, shortDay, withId } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import { checksControl, hoursControl, numberControl, selectControl, textControl } from "./controls.js";
import { Entries } from "./entries.js";
import { featuresControl, functionsControl } from "./wordscontrol.js";

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export const zones = () => Intl.supportedValuesOf?.("timeZone") ?? ["Asia/Shanghai", "UTC"];
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Shanghai";

export function idField(value) {
  return {
    name: "id",
    label: words("setup.id"),
    hint: words("setup.id_hint"),
    control: textControl(value, { max: 64, required: true, pattern: ID }),
  };
}

export function zoneControl(value) {
  const known = zones();
  const all = known.includes(value) ? known : [value, ...known];
  return selectControl(value, all.map((one) => [one, one]));
}

export function sitesSection(catalogue, { admin }) {
  return new Entries({
    items: () => catalogue.sites,
    key: (site) => site.id,
    title: (site) => site.name,
    facts: (site) => [
      site.timezone,
      words("setup.spaces_n", { n: catalogue.spaces(site.id).length }),
      hoursText(site.hours) || words("setup.always_open"),
    ],
    add: words("setup.site_add"),
    none: words("setup.sites_none"),
    fixed: !admin,
    fields: (site) => [
      admin && { name: "name", label: words("setup.site_name"), control: textControl(site?.name, { required: true }) },
      admin && {
        name: "timezone",
        label: words("setup.timezone"),
        hint: words("setup.timezone_hint"),
        control: zoneControl(site?.timezone ?? ownZone()),
      },
      admin && site === null && idField(catalogue.freeId("", "site", catalogue.sites)),
      {
        name: "hours",
        label: words("setup.hours"),
        hint: words("setup.site_hours_hint"),
        control: hoursControl(site?.hours ?? [], words("setup.always_open")),
      },
    ],
    save: (site, values, changes) =>
      site === null ? catalogue.change("POST", "/sites", values).then(() => "") : catalogue.change("PATCH", `/sites/${site.id}`, changes).then(() => ""),
    removing: () => words("setup.site_removing"),
    remove: admin ? (site) => catalogue.change("DELETE", `/sites/${site.id}`).then(() => null) : null,
  });
}

export function spacesSection(catalogue, site, { admin }) {
  return new Entries({
    items: () => catalogue.spaces(site),
    key: (space) => space.id,
    title: (space) => space.name,
    facts: (space) => [
      space.group,
      words("setup.holds", { n: space.capacity }),
      listed(space.functions.map(functionName)),
      space.parts.length ? words("setup.made_of", { parts: space.parts.map((one) => catalogue.spaceName(site, one)).join(" + ") }) : "",
      hoursText(space.hours),
      space.cleaning_min ? words("setup.cleaning_n", { n: space.cleaning_min }) : "",
    ],
    add: words("setup.space_add"),
    none: words("setup.spaces_none"),
    fixed: !admin,
    fields: (space) => spaceFields(catalogue, site, space, admin),
    save: async (space, values, changes) => {
      if (space === null) await catalogue.change("POST", "/spaces", { ...values, site });
      else await catalogue.change("PATCH", `/spaces/${site}/${space.id}`, changes);
    },
    removing: () => words("setup.space_removing"),
    remove: admin ? (space) => catalogue.change("DELETE", `/spaces/${site}/${space.id}`).then(() => null) : null,
  });
}

function spaceFields(catalogue, site, space, admin) {
  const others = catalogue.spaces(site).filter((one) => one.id !== space?.id);
  const groups = make("datalist", { id: `groups-${site}` });
  for (const group of new Set(catalogue.spaces(site).map((one) => one.group).filter(Boolean))) {
    groups.append(make("option", { value: group }));
  }
  document.getElementById(groups.id)?.remove();
  document.body.append(groups);
  const functions = functionsControl(space?.functions ?? [], catalogue.functions(site));
  const shares = sharesControl(space?.capacity_by_function ?? {}, functions);
  return [
    admin && { name: "name", label: words("setup.space_name"), control: textControl(space?.name, { required: true }) },
    admin && {
      name: "capacity",
      label: words("setup.capacity"),
      control: numberControl(space?.capacity ?? 10, { min: 1, max: 100_000 }),
    },
    admin && {
      name: "group",
      label: words("setup.group"),
      hint: words("setup.group_hint"),
      control: textControl(space?.group, { max: 60, list: groups.id }),
    },
    admin && space === null && idField(catalogue.freeId("", "space", catalogue.spaces(site))),
    admin && { name: "functions", label: words("setup.functions"), hint: words("setup.functions_hint"), control: functions },
    admin && {
      name: "capacity_by_function",
      label: words("setup.capacity_by_function"),
      hint: words("setup.capacity_by_function_hint"),
      control: shares,
    },
    admin && {
      name: "features",
      label: words("setup.features"),
      hint: words("setup.features_hint"),
      control: featuresControl(space?.features ?? [], catalogue.features(site)),
    },
    admin && {
      name: "parts",
      label: words("setup.parts"),
      hint: words("setup.parts_hint"),
      control: checksControl(space?.parts ?? [], others.map((one) => [one.id, one.name]), words("setup.parts_none")),
    },
    {
      name: "hours",
      label: words("setup.hours"),
      hint: words("setup.space_hours_hint"),
      control: hoursControl(space?.hours ?? [], words("setup.hours_of_site")),
    },
    {
      name: "cleaning_min",
      label: words("setup.cleaning"),
      hint: words("setup.cleaning_hint"),
      control: numberControl(space?.cleaning_min ?? 0, { min: 0, max: 1440 }),
    },
  ];
}

// How many fit when a space is used as something; empty: as many as it holds.
function sharesControl(values, functions) {
  const element = make("div", { class: "fields" });
  const none = words("setup.capacity_by_function_none");
  const inputs = new Map();
  const draw = () => {
    const chosen = functions.read();
    element.replaceChildren(
      ...chosen.map((one) => {
        if (!inputs.has(one)) inputs.set(one, numberControl(values[one], { min: 1, max: 100_000, none: null }));
        return make("label", {}, make("span", {}, ...withId(functionName(one), one)), inputs.get(one).element);
      }),
    );
    if (!chosen.length) element.append(make("p", { class: "hint" }, none));
  };
  functions.element.addEventListener("change", draw);
  draw();
  return {
    element,
    group: true,
    read: () =>
      Object.fromEntries(
        functions
          .read()
          .map((one) => [one, inputs.get(one)?.read() ?? null])
          .filter(([, most]) => most !== null),
      ),
    fault: () => functions.read().map((one) => inputs.get(one)?.fault() ?? "").find(Boolean) ?? "",
  };
}

export function hoursText(hours) {
  if (!hours.length) return "";
  const said = hours.map((one) => {
    const days = one.days.length === 7 ? "" : `${listed(one.days.map(shortDay))} `;
    return `${days}${one.start}–${one.end}`;
  });
  return words("setup.open_at", { hours: said.join(words("setup.semicolon")) });
}
