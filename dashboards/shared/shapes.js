// The shapes of the states of spaces and devices: a state is never told by colour alone.

const SVG = "http://www.w3.org/2000/svg";

const DRAWINGS = {
  occupied: [["circle", { cx: 12, cy: 12, r: 10, class: "solid" }]],
  vacant: [["circle", { cx: 12, cy: 12, r: 8.5, class: "ring" }]],
  unknown: [
    ["path", { d: "M12 1.8 22.2 12 12 22.2 1.8 12z", class: "dashed" }],
    ["text", { x: 12, y: 16.4, class: "mark" }, "?"],
  ],
  silent: [["path", { d: "M4 12h16", class: "dashed" }]],
  online: [["circle", { cx: 12, cy: 12, r: 8, class: "solid" }]],
  late: [
    ["circle", { cx: 12, cy: 12, r: 8.5, class: "ring" }],
    ["path", { d: "M12 7v5l3.4 2.4", class: "hand" }],
  ],
  offline: [["path", { d: "M5 5 19 19M19 5 5 19", class: "ring" }]],
  unheard: [["circle", { cx: 12, cy: 12, r: 8.5, class: "dashed" }]],
};

// An element of a drawing, as `make` is for pages.
export function drawing(tag, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

export function shape(state) {
  const svg = drawing("svg", { viewBox: "0 0 24 24", class: "shape", "aria-hidden": "true" });
  svg.append(...DRAWINGS[state].map(([tag, attributes, text]) => drawing(tag, attributes, text ?? null)));
  return svg;
}
