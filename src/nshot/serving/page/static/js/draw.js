// Charts as SVG of our own. Size follows the space that there is; colours come from the stylesheet.
import { clear, h, plural, svg } from "./dom.js";
import { cellText } from "./cells.js";
import { MOST_BARS, findChart, position, ticks } from "./chart.js";

let made = 0;

/** A figure for a result, with a choice of the column where there are several; null without a chart. */
export function resultChart({ columns, rows }) {
  const plan = findChart(columns, rows);
  if (!plan) return null;
  let value = plan.values[0];
  const canvas = h("div", { class: "canvas" });
  const choice = plan.values.length > 1 && select(columns, plan.values, (at) => ((value = at), draw()));

  function draw() {
    const width = Math.max(240, Math.floor(canvas.clientWidth || 420));
    clear(canvas, (plan.kind === "bar" ? bars : line)({ columns, rows, label: plan.label, value, width }));
  }

  new ResizeObserver(draw).observe(canvas);
  return h("figure", { class: "chart" }, choice, canvas);
}

function select(columns, values, onchoice) {
  const list = h("select", { onchange: (event) => onchoice(Number(event.target.value)) });
  list.append(...values.map((at) => h("option", { value: String(at) }, columns[at])));
  return h("label", { class: "inline" }, "Value ", list);
}

function frame(width, height, title, text, ...parts) {
  const id = `chart-${(made += 1)}`;
  const name = svg("title", { id: `${id}-title` }, title);
  const desc = svg("desc", { id: `${id}-desc` }, text);
  const names = { "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-desc` };
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", ...names }, name, desc, ...parts);
}

const pen = document.createElement("canvas").getContext("2d");

/** The width of a text in the chart's font, in pixels. */
function widthOf(text) {
  const family = getComputedStyle(document.body).fontFamily;
  pen.font = `12px ${family}`;
  return pen.measureText(text).width;
}

const widest = (texts) => Math.max(0, ...texts.map(widthOf));

/** As much of a text as fits into a width. */
function short(text, width) {
  if (widthOf(text) <= width) return text;
  let most = Math.min(text.length, Math.floor(width / 3));
  while (most > 1 && widthOf(`${text.slice(0, most)}…`) > width) most -= 1;
  return `${text.slice(0, most)}…`;
}

const tip = (label, value) => svg("title", {}, `${label}: ${value}`);
const describe = (pairs) => pairs.map(([label, value]) => `${label}: ${value}`).join("; ");

function bars({ columns, rows, label, value, width }) {
  const shown = rows.slice(0, MOST_BARS).map((row) => [cellText(row[label]), row[value] === null ? null : Number(row[value])]);
  const numbers = shown.map(([, number]) => number ?? 0);
  const [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const left = Math.min(widest(shown.map(([text]) => text)) + 10, width * 0.38);
  const valueRoom = widest(numbers.map(cellText)) + 10;
  const room = width - left - valueRoom - (low < 0 ? valueRoom : 0);
  const start = left + (low < 0 ? valueRoom : 0);
  const x = (number) => start + ((number - low) / (high - low || 1)) * room;
  const step = 24;
  const marks = shown.flatMap(([text, number], at) => {
    const y = at * step + 4;
    const [from, to] = [x(Math.min(0, number ?? 0)), x(Math.max(0, number ?? 0))];
    const negative = number < 0;
    const place = { x: negative ? from - 5 : to + 5, y: y + 12, "text-anchor": negative ? "end" : "start" };
    return [
      svg("text", { class: "label", x: left - 8, y: y + 12, "text-anchor": "end" }, short(text, left - 8), tip(text, cellText(number))),
      svg("rect", { class: "bar-mark", x: from, y, width: Math.max(1, to - from), height: step - 8, rx: 2 }, tip(text, cellText(number))),
      svg("text", { class: "value", ...place }, cellText(number)),
    ];
  });
  const height = shown.length * step + (rows.length > MOST_BARS ? 26 : 4);
  const axis = svg("line", { class: "axis", x1: x(0), x2: x(0), y1: 0, y2: shown.length * step });
  const rest = rows.length > MOST_BARS ? svg("text", { class: "label", x: left, y: height - 6 }, `the first ${MOST_BARS} of ${plural(rows.length, "row")}`) : null;
  return frame(width, height, `${columns[value]} by ${columns[label]}`, describe(shown), axis, ...marks, rest);
}

function line({ columns, rows, label, value, width }) {
  const points = rows
    .filter((row) => row[value] !== null)
    .map((row) => [position(row[label]), Number(row[value]), cellText(row[label])])
    .sort((a, b) => a[0] - b[0]);
  const height = Math.round(Math.min(300, Math.max(190, width * 0.45)));
  const values = points.map((point) => point[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = ticks(low > 0 && low < high / 2 ? 0 : low, high, 4);
  const left = widest(steps.map(cellText)) + 10;
  const [right, top, bottom] = [16, 10, 26];
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  const x = (at) => left + ((at - first) / (last - first || 1)) * (width - left - right);
  const y = (at) => height - bottom - ((at - steps[0]) / (steps.at(-1) - steps[0] || 1)) * (height - top - bottom);
  const grid = steps.flatMap((step) => [
    svg("line", { class: "grid", x1: left, x2: width - right, y1: y(step), y2: y(step) }),
    svg("text", { class: "label", x: left - 8, y: y(step) + 4, "text-anchor": "end" }, cellText(step)),
  ]);
  const path = svg("path", { class: "line-mark", d: points.map(([at, to], index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(to).toFixed(1)}`).join("") });
  const dots = points.length > 120 ? [] : points.map(([at, to, text]) => svg("circle", { class: "dot", cx: x(at), cy: y(to), r: 3.2 }, tip(text, cellText(to))));
  const wide = widest(points.map((point) => point[2])) + 18;
  const names = [];
  let free = -Infinity;
  for (const [at, , text] of points) {
    const middle = Math.min(Math.max(x(at), wide / 2 - 9), width - wide / 2 + 9);
    if (middle - wide / 2 < free) continue;
    free = middle + wide / 2;
    names.push(svg("text", { class: "label", x: middle, y: height - 7, "text-anchor": "middle" }, text));
  }
  const pairs = points.map(([, to, text]) => [text, cellText(to)]);
  return frame(width, height, `${columns[value]} along ${columns[label]}`, describe(pairs), ...grid, path, ...dots, ...names);
}
