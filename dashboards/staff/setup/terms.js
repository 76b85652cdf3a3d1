// On what terms space is used: groups, holidays, supply windows, standing activities.

import { make } from "../../shared/dom.js";
import { functionName, listed } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";
import {
  checkControl,
  checksControl,
  clockControl,
  dayControl,
  hoursControl,
  numberControl,
  proseControl,
  rowsControl,
  selectControl,
  textControl,
} from "./controls.js";
import { Entries } from "./entries.js";
import { idField } from "./places.js";
import { repeatControl, repeatText } from "./repeat.js";

const path = (table, site, id) => `/${table}/${site}/${id}`;

// What four of the sections have in common: entries of a site with an id, at /TABLE and /TABLE/SITE/ID.
function ofSite(catalogue, site, table, kind) {
  return new Entries({
    items: () => catalogue.of(table, site),
    key: (one) => one.id,
    save: async (one, values, changes) => {
      if (one === null) await catalogue.change("POST", `/${table}`, { ...values, site });
      else await catalogue.change("PATCH", path(table, site, one.id), changes);
    },
    remove: (one) => catalogue.change("DELETE", path(table, site, one.id)).then(() => null),
    ...kind,
  });
}

function functionControl(catalogue, site, value) {
  const known = catalogue.functions(site);
  const all = value && !known.includes(value) ? [value, ...known] : known;
  return selectControl(value ?? "", [["", words("setup.any_function")], ...all.map((one) => [one, functionName(one)])]);
}

const spaceOptions = (catalogue, site) => catalogue.spaces(site).map((one) => [one.id, one.name]);

export function groupsSection(catalogue, site) {
  return ofSite(catalogue, site, "groups", {
    title: (group) => group.name,
    facts: (group) => [
      group.function ? functionName(group.function) : "",
      group.priority ? words("setup.priority_n", { n: group.priority }) : "",
      group.weekly_quota_min ? words("setup.quota_n", { n: group.weekly_quota_min }) : "",
      group.points ? words("setup.points_n", { n: group.points }) : "",
    ],
    add: words("setup.groups_add"),
    none: words("setup.groups_none"),
    fields: (group) => [
      { name: "name", label: words("setup.groups_name"), control: textControl(group?.name, { required: true }) },
      group === null && idField(catalogue.freeId("", "group", catalogue.of("groups", site))),
      {
        name: "function",
        label: words("setup.groups_function"),
        hint: words("setup.groups_function_hint"),
        control: functionControl(catalogue, site, group?.function),
      },
      {
        name: "weekly_quota_min",
        label: words("setup.quota"),
        hint: words("setup.quota_hint"),
        control: numberControl(group?.weekly_quota_min, { min: 1, max: 10_080, none: null }),
      },
      {
        name: "priority",
        label: words("setup.priority"),
        hint: words("setup.priority_hint"),
        control: numberControl(group?.priority ?? 0, { min: -100, max: 100 }),
      },
      {
        name: "points",
        label: words("setup.points"),
        hint: words("setup.points_hint"),
        control: numberControl(group?.points ?? 0, { min: 0, max: 1_000_000 }),
      },
    ],
    removing: () => words("setup.group_removing"),
  });
}

export function holidaysSection(catalogue, site) {
  return ofSite(catalogue, site, "holidays", {
    title: (holiday) => holiday.name,
    facts: (holiday) => [
      holiday.last_day && holiday.last_day !== holiday.first_day ? `${holiday.first_day} – ${holiday.last_day}` : holiday.first_day,
      holiday.space ? catalogue.spaceName(site, holiday.space) : words("setup.whole_site"),
      holiday.hours.length
        ? words("setup.open_at", { hours: listed(holiday.hours.map((one) => `${one.start}–${one.end}`)) })
        : words("setup.closed"),
    ],
    add: words("setup.holidays_add"),
    none: words("setup.holidays_none"),
    fields: (holiday) => [
      { name: "name", label: words("setup.holidays_name"), control: textControl(holiday?.name, { required: true }) },
      {
        name: "space",
        label: words("setup.holidays_where"),
        control: emptyIsNull(selectControl(holiday?.space ?? "", [["", words("setup.whole_site")], ...spaceOptions(catalogue, site)])),
      },
      { name: "first_day", label: words("setup.first_day"), control: dayControl(holiday?.first_day, { required: true }) },
      {
        name: "last_day",
        label: words("setup.last_day"),
        hint: words("setup.last_day_hint"),
        control: dayControl(holiday?.last_day),
      },
      holiday === null && idField(catalogue.freeId("", "holiday", catalogue.of("holidays", site))),
      {
        name: "hours",
        label: words("setup.holidays_hours"),
        hint: words("setup.holidays_hours_hint"),
        control: hoursControl(holiday?.hours ?? [], words("setup.closed"), { days: false }),
      },
    ],
    removing: () => words("setup.holiday_removing"),
  });
}

const repeatValue = (one) => ({ days: one?.days, rrule: one?.rrule, dtstart: one?.dtstart, exdate: one?.exdate, rdate: one?.rdate });

export function supplySection(catalogue, site) {
  return ofSite(catalogue, site, "supply", {
    title: (one) => words("setup.supply_title", { owner: one.owner, space: catalogue.spaceName(site, one.space) }),
    facts: (one) => [
      repeatText(one),
      `${one.start}–${one.end}`,
      listed(one.functions.map(functionName)),
      one.approval === "host" ? words("setup.approval_host") : "",
      one.groups.length ? words("setup.only_for", { groups: listed(one.groups.map((id) => groupName(catalogue, site, id))) }) : "",
    ],
    add: words("setup.supply_add"),
    none: words("setup.supply_none"),
    fields: (one) => {
      const space = selectControl(one?.space, spaceOptions(catalogue, site));
      const functions = followingFunctions(catalogue, site, space, one?.functions ?? []);
      return [
        { name: "owner", label: words("setup.owner"), hint: words("setup.owner_hint"), control: textControl(one?.owner, { required: true }) },
        { name: "space", label: words("setup.space"), control: space },
        { name: "start", label: words("setup.from"), control: clockControl(one?.start ?? "18:00") },
        { name: "end", label: words("setup.to"), control: clockControl(one?.end ?? "21:00", { end: true }) },
        one === null && idField(catalogue.freeId("", "supply", catalogue.of("supply", site))),
        { name: "functions", label: words("setup.supply_functions"), control: functions },
        {
          name: "days",
          also: ["rrule", "dtstart", "exdate", "rdate"],
          spread: true,
          label: words("setup.repeat"),
          control: repeatControl(repeatValue(one), { weekly: true }),
        },
        { name: "valid_from", label: words("setup.valid_from"), control: dayControl(one?.valid_from) },
        { name: "valid_until", label: words("setup.valid_until"), control: dayControl(one?.valid_until) },
        {
          name: "notice_min",
          label: words("setup.notice"),
          hint: words("setup.notice_hint"),
          control: numberControl(one?.notice_min ?? 0, { min: 0, max: 525_600 }),
        },
        {
          name: "approval",
          label: words("setup.approval"),
          control: selectControl(one?.approval ?? "auto", [
            ["auto", words("setup.approval_auto")],
            ["host", words("setup.approval_host")],
          ]),
        },
        {
          name: "approve_within_min",
          label: words("setup.approve_within"),
          hint: words("setup.approve_within_hint"),
          control: numberControl(one?.approve_within_min ?? 1440, { min: 5, max: 43_200 }),
        },
        {
          name: "groups",
          label: words("setup.supply_groups"),
          hint: words("setup.supply_groups_hint"),
          control: checksControl(
            one?.groups ?? [],
            catalogue.of("groups", site).map((group) => [group.id, group.name]),
            words("setup.groups_none"),
          ),
        },
        { name: "recall", label: words("setup.recall"), hint: words("setup.recall_hint"), control: recallControl(one?.recall ?? []) },
        { name: "rules", label: words("setup.rules"), wide: true, control: proseControl(one?.rules) },
        { name: "terms", label: words("setup.terms"), wide: true, control: proseControl(one?.terms) },
      ];
    },
    removing: () => words("setup.supply_removing"),
  });
}

export function standingSection(catalogue, site) {
  return ofSite(catalogue, site, "standing", {
    title: (one) => one.title,
    facts: (one) => [
      one.group,
      catalogue.spaceName(site, one.space),
      one.function ? functionName(one.function) : "",
      repeatText(one),
      `${one.start}–${one.end}`,
      words("setup.people_n", { n: one.people }),
    ],
    add: words("setup.standing_add"),
    none: words("setup.standing_none"),
    fields: (one) => [
      { name: "title", label: words("setup.standing_title"), control: textControl(one?.title, { required: true }) },
      { name: "group", label: words("setup.standing_group"), control: textControl(one?.group, { required: true }) },
      { name: "space", label: words("setup.space"), control: selectControl(one?.space, spaceOptions(catalogue, site)) },
      { name: "people", label: words("setup.people"), control: numberControl(one?.people ?? 10, { min: 1, max: 100_000 }) },
      { name: "start", label: words("setup.from"), control: clockControl(one?.start ?? "09:00") },
      { name: "end", label: words("setup.to"), control: clockControl(one?.end ?? "10:00", { end: true }) },
      {
        name: "function",
        label: words("setup.standing_function"),
        control: functionControl(catalogue, site, one?.function),
      },
      one === null && idField(catalogue.freeId("", "activity", catalogue.of("standing", site))),
      {
        name: "rrule",
        also: ["dtstart", "exdate", "rdate"],
        spread: true,
        label: words("setup.repeat"),
        control: repeatControl(repeatValue(one), { weekly: false }),
      },
      { name: "protected", control: checkControl(one?.protected ?? true, words("setup.standing_protected")), wide: true },
    ],
    removing: () => words("setup.standing_removing"),
  });
}

const groupName = (catalogue, site, id) => catalogue.of("groups", site).find((one) => one.id === id)?.name ?? id;

function emptyIsNull(control) {
  return { ...control, read: () => control.read() || null };
}

// The functions of the space that is chosen; another space has others.
function followingFunctions(catalogue, site, space, values) {
  let inner = null;
  const element = make("div", {});
  const draw = () => {
    const known = catalogue.space(site, space.read())?.functions ?? [];
    const chosen = inner ? inner.read() : values;
    inner = checksControl(chosen.filter((one) => known.includes(one)), known.map((one) => [one, functionName(one)]), words("setup.functions_none"));
    element.replaceChildren(inner.element);
  };
  space.element.addEventListener("change", draw);
  draw();
  return { element, group: true, read: () => inner.read(), fault: () => "" };
}

function recallControl(values) {
  const row = (value) => {
    const before = numberControl(value.before_min, { min: 0, max: 525_600 });
    before.element.setAttribute("aria-label", words("setup.recall_before"));
    const instead = checkControl(value.with_replacement, words("setup.recall_instead"));
    return {
      element: make("div", { class: "period" }, before.element, make("span", {}, words("setup.recall_minutes")), instead.element),
      read: () => ({ before_min: before.read(), with_replacement: instead.read() }),
      fault: () => before.fault(),
    };
  };
  return rowsControl(values, row, {
    add: words("setup.recall_add"),
    empty: words("setup.recall_none"),
    fresh: () => ({ before_min: 2880, with_replacement: false }),
  });
}
