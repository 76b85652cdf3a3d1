// The report's columns by day as a drawing that prints sharp and in black and white; what is hidden or unseen is marked.

import { make } from "../shared/dom.js";
import { dayName, number } from "./usageformat.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 720;
const HEIGHT = 150;
const LEFT = 34;
const BOTTOM = 20;
const TOP = 8;

function shape(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text != null) element.textContent = text;
  return element;
}

// `label` tells what is drawn, with {most} for the largest figure.
export function dayColumns(days, label) {
  const values = days.map((day) => day.use.occupied_h);
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const top = scale(most);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "columns", role: "img", "aria-label": label.replace("{most}", number(most, 1)) });
  const height = HEIGHT - BOTTOM - TOP;
  const y = (value) => TOP + height - (value / top) * height;
  for (const part of [0, 0.5, 1]) {
    svg.append(
      shape("line", { x1: LEFT, x2: WIDTH, y1: y(top * part), y2: y(top * part), class: "rule" }),
      shape("text", { x: LEFT - 5, y: y(top * part) + 4, class: "tick end" }, number(top * part, 1)),
    );
  }
  const width = (WIDTH - LEFT) / Math.max(1, days.length);
  days.forEach((day, place) => {
    const x = LEFT + place * width;
    const value = values[place];
    if (value == null) {
      svg.append(shape("rect", { x: x + width * 0.2, y: y(top * 0.06), width: width * 0.6, height: top && height * 0.06, class: "blank" }));
    } else svg.append(shape("rect", { x: x + width * 0.15, y: y(value), width: width * 0.7, height: Math.max(0, y(0) - y(value)), class: "column" }));
    if (place % Math.ceil(days.length / 16) === 0) {
      svg.append(shape("text", { x: x + width / 2, y: HEIGHT - 5, class: "tick middle" }, dayName(day.day, { month: "numeric", day: "numeric" })));
    }
  });
  return make("figure", { class: "drawing" }, svg);
}

// The next round number.
function scale(most) {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= most);
}
