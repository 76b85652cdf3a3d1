// Where which space is on a plan: rectangles drawn, moved and resized by mouse, finger or keyboard.

import { make, setText } from "../../shared/dom.js";
import { answerLine, busy } from "../../shared/forms.js";
import { words } from "../../shared/words.js";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 100; // the grid: so many steps along the longer side
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A drawing of the server, which has made it harmless, as elements.
export function drawing(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const group = draw("g", { class: "drawing", "aria-hidden": "true" });
  for (const child of [...root.childNodes]) group.append(document.importNode(child, true));
  return group;
}

export class PlanEditor {
  constructor(plan, spaces, { save, close }) {
    this.plan = plan;
    this.spaces = spaces;
    [this.x, this.y, this.width, this.height] = plan.view_box;
    this.step = Math.max(this.width, this.height) / STEPS;
    this.areas = new Map(plan.areas.map((one) => [one.space, { ...one }]));
    this.drawn = new Set([...(plan.svg?.matchAll(/data-space="([^"]+)"/g) ?? [])].map((one) => one[1]));
    this.chosen = null;
    this.rects = new Map();
    this.name = make("input", { maxlength: 200, required: true });
    this.name.value = plan.name;
    this.status = make("p", { class: "hint", role: "status" });
    this.line = answerLine();
    this.list = make("ul", { class: "plan-spaces" });
    this.canvas = draw("svg", { viewBox: plan.view_box.join(" "), class: "plan-canvas", role: "group" });
    this.canvas.setAttribute("aria-label", words("setup.plan_canvas"));
    this.layer = draw("g", {});
    this.canvas.append(this.grid(), ...(plan.svg ? [drawing(plan.svg)] : []), this.layer);
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    const keep = make("button", { type: "button", class: "primary" }, words("setup.save"));
    const shut = make("button", { type: "button" }, words("page.close"));
    shut.onclick = close;
    keep.onclick = () =>
      busy(keep, this.line, async () => {
        await save({ name: this.name.value.trim() || plan.name, areas: [...this.areas.values()] });
        this.first = this.said();
        return words("setup.saved");
      });
    this.element = make(
      "section",
      { class: "entry plan-editor", "aria-label": words("setup.plan_editor") },
      make("label", { class: "narrow" }, make("span", {}, words("setup.plan_name")), this.name),
      make("p", { class: "hint" }, words("setup.plan_how")),
      make("div", { class: "plan-desk" }, make("div", {}, make("h3", {}, words("setup.section_spaces")), this.list), make("div", { class: "plan-frame" })),
      this.status,
      make("p", { class: "actions" }, keep, shut),
      this.line,
    );
    this.element.querySelector(".plan-frame").append(this.canvas);
    this.first = this.said();
    this.show();
  }

  said() {
    return JSON.stringify([this.name.value, [...this.areas.values()].sort((a, b) => (a.space < b.space ? -1 : 1))]);
  }

  changed() {
    return this.plan.version === null ? this.areas.size > 0 : this.said() !== this.first;
  }

  focus() {
    this.list.querySelector("button")?.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  grid() {
    const wide = this.step * 10;
    const lines = [];
    for (let x = this.x + wide; x < this.x + this.width; x += wide) lines.push(`M${x} ${this.y}v${this.height}`);
    for (let y = this.y + wide; y < this.y + this.height; y += wide) lines.push(`M${this.x} ${y}h${this.width}`);
    return draw(
      "g",
      { class: "grid", "aria-hidden": "true" },
      draw("rect", { x: this.x, y: this.y, width: this.width, height: this.height, class: "sheet" }),
      draw("path", { d: lines.join(""), "stroke-width": this.step / 10 }),
    );
  }

  nameOf(space) {
    return this.spaces.find((one) => one.id === space)?.name ?? space;
  }

  show() {
    this.list.replaceChildren(...this.spaces.map((space) => this.item(space)));
    const kept = new Map();
    for (const area of this.areas.values()) {
      const rect = this.rects.get(area.space) ?? this.make(area.space);
      this.place(rect, area);
      kept.set(area.space, rect);
    }
    for (const [space, rect] of this.rects) if (!kept.has(space)) rect.group.remove();
    this.rects = kept;
  }

  item(space) {
    const placed = this.areas.has(space.id);
    const state = placed ? "setup.plan_placed" : this.drawn.has(space.id) ? "setup.plan_drawn" : "setup.plan_unplaced";
    const choose = make(
      "button",
      { type: "button", "aria-pressed": String(this.chosen === space.id), "data-plan-space": space.id },
      make("b", {}, space.name),
      make("span", {}, words(state)),
    );
    choose.onclick = () => {
      this.choose(space.id);
      if (!this.areas.has(space.id)) this.put(space.id);
      this.rects.get(space.id)?.group.focus();
    };
    const gone = placed ? make("button", { type: "button", class: "quiet-remove", "aria-label": words("setup.plan_take", { name: space.name }) }, "×") : null;
    if (gone) gone.onclick = () => this.take(space.id);
    return make("li", {}, choose, gone);
  }

  choose(space) {
    this.chosen = space;
    for (const button of this.list.querySelectorAll("[data-plan-space]")) {
      button.setAttribute("aria-pressed", String(button.dataset.planSpace === space));
    }
    for (const [name, rect] of this.rects) rect.group.classList.toggle("chosen", name === space);
  }

  // A first place where nothing is yet, a sixth of the plan large.
  put(space) {
    const width = this.snap(this.width / 6) || this.step;
    const height = this.snap(this.height / 5) || this.step;
    for (let y = this.y + this.step * 2; y + height <= this.y + this.height; y += height + this.step) {
      for (let x = this.x + this.step * 2; x + width <= this.x + this.width; x += width + this.step) {
        const free = { space, x, y, width, height };
        if (![...this.areas.values()].some((one) => overlap(one, free))) return this.set(space, free);
      }
    }
    return this.set(space, { space, x: this.x, y: this.y, width, height });
  }

  take(space) {
    this.areas.delete(space);
    this.show();
    this.list.querySelector(`[data-plan-space="${CSS.escape(space)}"]`)?.focus();
    setText(this.status, words("setup.plan_taken", { name: this.nameOf(space) }));
  }

  set(space, area) {
    const fresh = !this.areas.has(space);
    this.areas.set(space, this.within(area));
    if (fresh) this.show();
    else this.place(this.rects.get(space), this.areas.get(space));
    this.choose(space);
    const { x, y, width, height } = this.areas.get(space);
    const at = [x - this.x, y - this.y, width, height].map((one) => Math.round(one / this.step));
    setText(this.status, words("setup.plan_at", { name: this.nameOf(space), x: at[0], y: at[1], width: at[2], height: at[3] }));
  }

  within({ space, x, y, width, height }) {
    const wide = Math.min(Math.max(width, this.step), this.width);
    const high = Math.min(Math.max(height, this.step), this.height);
    const left = Math.min(Math.max(x, this.x), this.x + this.width - wide);
    const top = Math.min(Math.max(y, this.y), this.y + this.height - high);
    return { space, x: tidy(left), y: tidy(top), width: tidy(wide), height: tidy(high) };
  }

  snap(length) {
    return Math.round(length / this.step) * this.step;
  }

  make(space) {
    const rect = draw("rect", { rx: this.step / 2 });
    const label = draw("text", { "font-size": this.step * 2.6 });
    label.textContent = this.nameOf(space);
    const handle = draw("rect", { class: "handle", width: this.step * 3, height: this.step * 3 });
    const group = draw("g", { class: "area", tabindex: 0, role: "button", "data-area": space }, rect, label, handle);
    group.addEventListener("keydown", (event) => this.key(event, space));
    group.addEventListener("focus", () => this.choose(space));
    this.layer.append(group);
    return { group, rect, label, handle };
  }

  place({ group, rect, label, handle }, { space, x, y, width, height }) {
    for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, value);
    rect.setAttribute("stroke-width", this.step / 3);
    label.setAttribute("x", x + width / 2);
    label.setAttribute("y", y + height / 2);
    handle.setAttribute("x", x + width - this.step * 3);
    handle.setAttribute("y", y + height - this.step * 3);
    group.setAttribute("aria-label", words("setup.plan_area", { name: this.nameOf(space) }));
  }

  key(event, space) {
    const area = this.areas.get(space);
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.take(space);
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const by = event.ctrlKey || event.altKey ? this.step * 5 : this.step;
    const [dx, dy] = [arrow[0] * by, arrow[1] * by];
    this.set(space, event.shiftKey ? { ...area, width: area.width + dx, height: area.height + dy } : { ...area, x: area.x + dx, y: area.y + dy });
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.canvas.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  // A rectangle is moved, by its corner resized; where none is, one is drawn for the space that was chosen.
  press(event) {
    if (event.button !== 0) return;
    const group = event.target.closest("[data-area]");
    const [x, y] = this.point(event);
    const space = group?.dataset.area ?? this.chosen;
    if (!space || (!group && this.areas.has(space))) {
      setText(this.status, words("setup.plan_choose"));
      return;
    }
    event.preventDefault();
    const before = group ? { ...this.areas.get(space) } : null;
    const resizing = event.target.classList.contains("handle");
    this.canvas.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const [nx, ny] = this.point(moved);
      const [dx, dy] = [this.snap(nx - x), this.snap(ny - y)];
      if (before === null) {
        const corner = [this.x + this.snap(Math.min(x, nx) - this.x), this.y + this.snap(Math.min(y, ny) - this.y)];
        if (Math.abs(dx) >= this.step && Math.abs(dy) >= this.step) {
          this.set(space, { space, x: corner[0], y: corner[1], width: Math.abs(dx), height: Math.abs(dy) });
        }
      } else if (resizing) this.set(space, { ...before, width: before.width + dx, height: before.height + dy });
      else this.set(space, { ...before, x: before.x + dx, y: before.y + dy });
    };
    const end = () => {
      this.canvas.removeEventListener("pointermove", move);
      this.rects.get(space)?.group.focus({ preventScroll: true });
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
    this.canvas.addEventListener("pointercancel", end, { once: true });
  }
}

const tidy = (number) => Math.round(number * 1000) / 1000;

function overlap(one, other) {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}
