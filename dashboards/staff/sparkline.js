// A quantity by the day as a small line; what it shows stands in words beside it.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 84;
const HEIGHT = 22;
const PAD = 2;

// `days` are [{day, pct}], oldest first; returns null for fewer than two.
export function sparkline(days, label) {
  if (days.length < 2) return null;
  const at = days.map(({ day }) => Date.parse(day));
  const x = (moment) => PAD + ((moment - at[0]) / (at.at(-1) - at[0])) * (WIDTH - 2 * PAD);
  const y = (value) => PAD + (1 - Math.min(100, Math.max(0, value)) / 100) * (HEIGHT - 2 * PAD);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", days.map((one, place) => `${x(at[place]).toFixed(1)},${y(one.pct).toFixed(1)}`).join(" "));
  const end = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: x(at.at(-1)), cy: y(days.at(-1).pct), r: 2 })) end.setAttribute(name, value);
  svg.append(line, end);
  return svg;
}
