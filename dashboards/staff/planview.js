// The view as a floor plan: the picture staff made, each space in it with its state as colour, hatching, shape and word.

import { make, setAttribute, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { keyOf } from "./level.js";
import { isStale } from "./boardfilter.js";
import { drawing, shape } from "../shared/shapes.js";
import { now, staleAfter } from "../shared/time.js";
import { words } from "../shared/words.js";

const HATCHES = ["occupied", "unknown", "silent", "old"];
const UNSAFE = "script, foreignObject, iframe, object, embed, animate, set, animateTransform, animateMotion";
const WIDEST = 0.92; // of its space that a label may take
const LARGEST = 1 / 30; // of the plan that a letter may be high
const LETTER = 0.62; // of its size that a letter is wide; a Chinese one is a whole

export class PlanView {
  // `maySet`: whether the reader may draw plans, and is shown the way there.
  constructor(onOpen, maySet) {
    this.onOpen = onOpen;
    this.takesAll = true; // what the filter leaves out stands faint in the plan
    this.linked = true;
    this.maySet = maySet;
    this.site = null;
    this.plans = null;
    this.chosen = 0;
    this.items = new Map();
    this.visible = new Set();
    this.marks = new Map();
    this.tabs = make("div", { class: "views", role: "tablist", "aria-label": words("board.plans"), hidden: true });
    this.sheet = make("div", { class: "sheet" });
    this.note = make("p", { class: "lead", role: "status" });
    this.missing = make("p", { class: "lead" });
    this.element = make("div", { class: "panel plan" }, this.tabs, this.note, this.sheet, this.missing);
  }

  show(items, names, filter, all) {
    this.items = new Map(all.map((item) => [item.space, item]));
    this.visible = new Set(items.map((item) => item.space));
    if (this.site !== filter.site) {
      this.site = filter.site;
      this.read();
    } else this.frame(this.linked);
  }

  change(items) {
    for (const item of items) {
      this.items.set(item.space, item);
      this.drawState(item.space);
    }
  }

  frame(linked) {
    this.linked = linked;
    for (const space of this.marks.keys()) this.drawState(space);
  }

  async read() {
    const { site } = this;
    this.plans = null;
    this.sheet.replaceChildren();
    this.marks.clear();
    this.tabs.hidden = true;
    setText(this.note, words("board.loading"));
    try {
      const found = (await get(`/floorplans?site=${encodeURIComponent(site)}`)).items;
      if (site !== this.site) return;
      this.plans = found;
      this.chosen = 0;
      this.draw();
    } catch (problem) {
      if (site !== this.site) return;
      if (problem.status === 404) this.drawNone();
      else {
        setText(this.note, words("page.failed", { reason: problem.message }));
        this.site = null; // the next look reads it again
      }
    }
  }

  draw() {
    if (!this.plans.length) return this.drawNone();
    setText(this.note, "");
    const several = this.plans.length > 1;
    this.tabs.hidden = !several;
    this.tabs.replaceChildren(...this.plans.map((plan, place) => this.tab(plan, place)));
    this.sheet.id = "plan-sheet";
    setAttribute(this.sheet, "role", several ? "tabpanel" : null);
    setAttribute(this.sheet, "aria-labelledby", several ? `plan-tab-${this.chosen}` : null);
    this.drawPlan(this.plans[this.chosen]);
  }

  tab(plan, place) {
    const here = place === this.chosen;
    const button = make("button", { type: "button", role: "tab", id: `plan-tab-${place}`, "aria-selected": String(here), "aria-controls": "plan-sheet", tabindex: here ? "0" : "-1" }, plan.name);
    button.onclick = () => this.choose(place);
    button.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.choose((place + step + this.plans.length) % this.plans.length);
    };
    return button;
  }

  choose(place) {
    this.chosen = place;
    this.draw();
    this.tabs.children[place].focus();
  }

  drawNone() {
    setText(this.note, "");
    this.sheet.replaceChildren(
      make(
        "div",
        { class: "nothing" },
        make("p", {}, words("board.plan_none")),
        this.maySet ? make("p", {}, make("a", { class: "button", href: "/setup" }, words("board.plan_draw"))) : null,
      ),
    );
    setText(this.missing, "");
  }

  drawPlan(plan) {
    const [x, y, width, height] = plan.view_box;
    const svg = drawing("svg", { viewBox: plan.view_box.join(" "), class: "floor", role: "group", "aria-label": plan.name });
    svg.append(hatches(Math.max(width, height) / 90));
    this.marks.clear();
    const areas = new Map();
    if (plan.svg) {
      const picture = pictureOf(plan.svg);
      if (picture) {
        for (const name of ["x", "y", "width", "height"]) picture.setAttribute(name, { x, y, width, height }[name]);
        svg.append(picture);
        for (const element of picture.querySelectorAll("[data-space]")) areas.set(element.dataset.space, element);
      }
    }
    for (const area of plan.areas) {
      const box = drawing("rect", { x: area.x, y: area.y, width: area.width, height: area.height, rx: Math.min(area.width, area.height) / 24, "data-space": area.space });
      svg.append(box);
      areas.set(area.space, box);
    }
    this.sheet.replaceChildren(svg);
    const unknown = [];
    for (const [space, element] of areas) {
      if (this.items.has(space)) this.mark(space, element, svg);
      else {
        element.removeAttribute("data-space");
        unknown.push(space);
      }
    }
    const without = [...this.items.values()].filter((item) => !areas.has(item.space)).map((item) => item.name);
    setText(this.missing, without.length ? words("board.plan_without", { names: without.join(words("board.list_comma")) }) : "");
    this.frame(this.linked);
  }

  mark(space, element, svg) {
    const item = this.items.get(space);
    for (const [name, value] of [["tabindex", "0"], ["role", "button"], ["class", "area"]]) element.setAttribute(name, value);
    for (const painted of [element, ...element.querySelectorAll("*")]) {
      for (const name of ["fill", "style"]) painted.removeAttribute(name); // its colour is its state's now
    }
    element.addEventListener("click", () => this.onOpen(this.items.get(space), element));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.onOpen(this.items.get(space), element);
    });
    const label = new Label(boxOf(element, svg), item, Math.max(svg.viewBox.baseVal.width, svg.viewBox.baseVal.height) * LARGEST);
    svg.append(label.element);
    this.marks.set(space, { element, label });
  }

  drawState(space) {
    const mark = this.marks.get(space);
    const item = this.items.get(space);
    if (!mark || !item) return;
    const old = Boolean(item.state) && (isStale(item, now(), staleAfter()) || this.linked === false);
    const shown = item.state ? item.state.occupancy : "silent";
    const word = old ? words("board.plan_old", { word: words(`board.${shown}`) }) : words(`board.${shown}`);
    for (const one of [mark.element, mark.label.element]) {
      setAttribute(one, "data-state", shown);
      setAttribute(one, "data-old", old);
      setAttribute(one, "data-faint", !this.visible.has(space));
    }
    const people = item.state?.people;
    const count = people == null ? "" : words("board.people", { n: people, capacity: item.capacity });
    setAttribute(mark.element, "aria-label", [item.name, word, count].filter(Boolean).join(words("board.list_comma")));
    mark.label.show(shown, word, count);
  }
}

// The name of a space with its state as shape and word, as large as its space lets it be.
class Label {
  constructor(box, item, largest) {
    const wide = [...item.name].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : LETTER), 0);
    this.size = Math.min(largest, box.height / 3.4, (box.width * WIDEST) / Math.max(wide, 4));
    const x = box.x + box.width / 2;
    const y = box.y + box.height / 2;
    this.name = drawing("text", { x, y: y - this.size * 0.35, "font-size": this.size, class: "area-name" }, item.name);
    this.word = drawing("text", { x: x + this.size * 0.55, y: y + this.size * 0.95, "font-size": this.size * 0.8, class: "area-word" });
    this.spot = drawing("svg", { x: x - this.size * 2.1, y: y + this.size * 0.25, width: this.size * 0.9, height: this.size * 0.9, viewBox: "0 0 24 24" });
    this.element = drawing("g", { class: "area-label", "aria-hidden": "true" });
    this.element.append(this.name, this.spot, this.word);
    this.x = x;
    this.drawn = "";
  }

  show(state, word, count) {
    const text = count ? `${word} ${count}` : word;
    if (this.drawn === state + text) return;
    this.drawn = state + text;
    this.spot.replaceChildren(...shape(state).childNodes);
    this.word.textContent = text;
    const wide = [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : LETTER), 0) * this.size * 0.8;
    this.spot.setAttribute("x", this.x - wide / 2 - this.size * 0.55);
  }
}

// Patterns over the colours, so that a state is seen without them.
function hatches(step) {
  const defs = drawing("defs");
  for (const name of HATCHES) {
    const pattern = drawing("pattern", { id: `hatch-${name}`, width: step, height: step, patternUnits: "userSpaceOnUse", patternTransform: name === "occupied" ? "rotate(45)" : "rotate(-45)", class: `hatch hatch-${name}` });
    pattern.append(drawing("rect", { width: step, height: step, class: "ground" }), drawing("path", { d: `M0 0V${step}`, "stroke-width": step / 4 }));
    defs.append(pattern);
  }
  return defs;
}

// The picture as elements of this page. The server has cleaned it; what could run or fetch is left out here as well.
function pictureOf(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg" || parsed.querySelector("parsererror")) return null;
  for (const element of root.querySelectorAll(UNSAFE)) element.remove();
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      const link = name === "href" || name.endsWith(":href");
      if (name.startsWith("on") || (link && !value.startsWith("#") && !value.startsWith("data:image/"))) element.removeAttribute(name);
    }
  }
  return document.importNode(root, true);
}

// Where an element lies in the units of the plan.
function boxOf(element, svg) {
  const box = element.getBBox();
  const into = svg.getScreenCTM()?.inverse().multiply(element.getScreenCTM());
  if (!into) return box;
  const [one, other] = [[box.x, box.y], [box.x + box.width, box.y + box.height]].map(([x, y]) => new DOMPoint(x, y).matrixTransform(into));
  return { x: Math.min(one.x, other.x), y: Math.min(one.y, other.y), width: Math.abs(other.x - one.x), height: Math.abs(other.y - one.y) };
}
