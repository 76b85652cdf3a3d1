// Controls of the set-up forms. Each has `element`, `read()` and, where it can be wrong by itself, `fault()` in words.

import { make } from "../../shared/dom.js";
import { shortDay, WEEKDAYS } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";

export function textControl(value, { max = 200, required = false, list = null, pattern = null, placeholder = null } = {}) {
  const element = make("input", { maxlength: max, required, list, placeholder, autocomplete: "off" });
  element.value = value ?? "";
  return {
    element,
    read: () => element.value.trim(),
    fault: () => {
      const text = element.value.trim();
      if (required && !text) return words("setup.fault_required");
      if (pattern && text && !pattern.test(text)) return words("setup.fault_id");
      return "";
    },
  };
}

export function proseControl(value) {
  const element = make("textarea", { maxlength: 2000, rows: 3 });
  element.value = value ?? "";
  return { element, read: () => element.value.trim(), fault: () => "" };
}

// `none`: what an empty field means; without it a number is needed.
export function numberControl(value, { min, max, none = undefined, step = 1 } = {}) {
  const element = make("input", { type: "number", min, max, step, inputmode: step === 1 ? "numeric" : "decimal" });
  element.value = value ?? "";
  return {
    element,
    read: () => (element.value.trim() === "" ? (none === undefined ? null : none) : Number(element.value)),
    fault: () => {
      if (element.validity.badInput) return words("setup.fault_number");
      if (element.value.trim() === "") return none === undefined ? words("setup.fault_required") : "";
      const number = Number(element.value);
      if (number < min || number > max) return words("setup.fault_range", { min, max });
      return step === 1 && !Number.isInteger(number) ? words("setup.fault_whole") : "";
    },
  };
}

export function selectControl(value, options) {
  const element = make("select", {}, ...options.map(([key, text]) => make("option", { value: key }, text)));
  element.value = value ?? "";
  if (element.selectedIndex < 0 && options.length) element.selectedIndex = 0;
  return { element, read: () => element.value, fault: () => "" };
}

export function checkControl(value, text) {
  const box = make("input", { type: "checkbox" });
  box.checked = Boolean(value);
  const element = make("label", { class: "check" }, box, make("span", {}, text));
  return { element, whole: true, read: () => box.checked, fault: () => "" };
}

export function dayControl(value, { required = false } = {}) {
  const element = make("input", { type: "date", min: "1970-01-01", max: "2199-12-31", required });
  element.value = value ?? "";
  return {
    element,
    read: () => element.value || null,
    fault: () =>
      element.validity.badInput || element.validity.rangeUnderflow || element.validity.rangeOverflow
        ? words("setup.fault_day")
        : required && !element.value
          ? words("setup.fault_required")
          : "",
  };
}

// A time of day. `end`: midnight is the end of the day, 24:00.
export function clockControl(value, { end = false } = {}) {
  const element = make("input", { type: "time", required: true });
  element.value = value === "24:00" ? "00:00" : (value ?? "");
  return {
    element,
    read: () => (end && element.value === "00:00" ? "24:00" : element.value),
    fault: () => (element.value ? "" : words("setup.fault_clock")),
  };
}

// Several of a few: check boxes in a row.
export function checksControl(values, options, empty = "") {
  const boxes = options.map(([key, text]) => {
    const box = make("input", { type: "checkbox", value: key });
    box.checked = values.includes(key);
    return [box, make("label", { class: "check" }, box, make("span", {}, text))];
  });
  const element = make("div", { class: "checks" }, ...boxes.map(([, label]) => label));
  if (!boxes.length) element.append(make("p", { class: "hint" }, empty));
  return {
    element,
    group: true,
    read: () => boxes.filter(([box]) => box.checked).map(([box]) => box.value),
    fault: () => "",
  };
}

// Rows that can be added and taken away: `row(value)` makes a control with `element`, `read` and `fault`.
export function rowsControl(values, row, { add, empty = "", fresh = () => null } = {}) {
  const list = make("ul", { class: "rows" });
  const nothing = make("p", { class: "hint" }, empty);
  let rows = [];
  const element = make("div", {}, nothing, list);
  const changed = () => {
    nothing.hidden = rows.length > 0 || !empty;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const append = (value) => {
    const control = row(value);
    const gone = make("button", { type: "button", class: "quiet-remove", "aria-label": words("setup.remove_row") }, "×");
    const item = make("li", {}, control.element, gone);
    gone.onclick = () => {
      rows = rows.filter((one) => one !== control);
      item.remove();
      changed();
      more.focus();
    };
    rows.push(control);
    list.append(item);
    return item;
  };
  const more = make("button", { type: "button" }, add);
  more.onclick = () => {
    append(fresh(rows)).querySelector("input, select")?.focus();
    changed();
  };
  for (const value of values) append(value);
  nothing.hidden = rows.length > 0 || !empty;
  element.append(more);
  return {
    element,
    group: true,
    read: () => rows.map((one) => one.read()),
    fault: () => rows.map((one) => one.fault()).find(Boolean) ?? "",
  };
}

export function daysPicker(values, label) {
  const boxes = WEEKDAYS.map((day) => {
    const box = make("input", { type: "checkbox", value: day });
    box.checked = values.includes(day);
    return [box, make("label", { class: "day" }, box, make("span", {}, shortDay(day)))];
  });
  const element = make("div", { class: "days", role: "group", "aria-label": label }, ...boxes.map(([, one]) => one));
  return {
    element,
    read: () => boxes.filter(([box]) => box.checked).map(([box]) => box.value),
    fault: () => (boxes.some(([box]) => box.checked) ? "" : words("setup.fault_days")),
  };
}

// Opening hours: periods, each with the days on which it begins.
export function hoursControl(values, empty, { days = true } = {}) {
  const row = (value) => {
    const start = clockControl(value.start);
    const end = clockControl(value.end, { end: true });
    const picked = days ? daysPicker(value.days ?? WEEKDAYS, words("setup.hours_days")) : null;
    start.element.setAttribute("aria-label", words("setup.from"));
    end.element.setAttribute("aria-label", words("setup.to"));
    const element = make(
      "div",
      { class: "period" },
      make("span", { class: "clocks" }, start.element, " – ", end.element),
      picked?.element ?? null,
    );
    return {
      element,
      read: () => ({ start: start.read(), end: end.read(), ...(picked ? { days: picked.read() } : {}) }),
      fault: () =>
        start.fault() || end.fault() || picked?.fault() || (start.read() === end.read() ? words("setup.fault_same") : ""),
    };
  };
  const fresh = () => ({ start: "09:00", end: "21:00", days: WEEKDAYS });
  return rowsControl(values, row, { add: words("setup.hours_add"), empty, fresh });
}

export function daysListControl(values, empty) {
  const row = (value) => {
    const control = dayControl(value, { required: true });
    control.element.setAttribute("aria-label", words("setup.day"));
    return control;
  };
  return rowsControl(values, row, { add: words("setup.day_add"), empty, fresh: () => null });
}
