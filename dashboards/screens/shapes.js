// The shapes of what a screen says of a space, the same as on e-paper: known without colour, and from afar.

const SVG = "http://www.w3.org/2000/svg";

const DRAWINGS = {
  in_use: [["circle", { cx: 12, cy: 12, r: 10.5, class: "full" }]],
  booked: [
    ["circle", { cx: 12, cy: 12, r: 9.2, class: "outline" }],
    ["path", { d: "M12 2.8a9.2 9.2 0 0 0 0 18.4z", class: "full" }],
  ],
  held: [
    ["circle", { cx: 12, cy: 12, r: 9.2, class: "outline" }],
    ["path", { d: "M12 6.4V12l4 2.6", class: "outline" }],
  ],
  free: [["circle", { cx: 12, cy: 12, r: 9.2, class: "outline" }]],
  unknown: [["path", { d: "M12 2 22 12 12 22 2 12z", class: "outline" }]],
  closed: [["path", { d: "M2 8.5h20v7H2z", class: "full" }]],
};

export function signShape(status) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of DRAWINGS[status]) {
    const part = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    svg.append(part);
  }
  return svg;
}
