// Whether a result can be a chart, and which: bars for labels with numbers, a line along dates or an order.
import { isNumeric } from "./cells.js";

const DATE = /^\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;
const ORDERED = /(^|_)(year|month|week|day|hour|quarter|decade|age)(_|$)/i;
const ID = /(^|_)(id|key|code|no|nr|number|zip|phone)$/i;
export const MOST_BARS = 30;

/** {kind: "bar" | "line", label, values} with indices of columns; null where a chart would say nothing. */
export function findChart(columns, rows) {
  if (rows.length < 2 || columns.length < 2 || columns.length > 12) return null;
  const indices = columns.map((_, at) => at);
  const numbers = indices.filter((at) => isNumeric(rows, at));
  const values = numbers.filter((at) => !ID.test(columns[at]) && !ORDERED.test(columns[at]));
  const distinct = (at) => new Set(rows.map((row) => row[at])).size === rows.length && rows.every((row) => row[at] !== null);

  const ordered = indices.find((at) => isOrder(columns, rows, at) && distinct(at));
  if (ordered !== undefined && rows.length > 2 && values.some((at) => at !== ordered)) {
    return { kind: "line", label: ordered, values: values.filter((at) => at !== ordered) };
  }
  const texts = indices.filter((at) => !numbers.includes(at) && typeof rows[0][at] !== "object");
  const label = texts.find(distinct) ?? indices.find((at) => isOrder(columns, rows, at) && distinct(at));
  if (label !== undefined && values.length) return { kind: "bar", label, values };
  const [x, y] = values;
  if (columns.length === 2 && values.length === 2 && rows.length > 4 && rising(rows, x)) {
    return { kind: "line", label: x, values: [y] };
  }
  return null;
}

function isOrder(columns, rows, at) {
  if (isNumeric(rows, at)) return ORDERED.test(columns[at]);
  return rows.every((row) => typeof row[at] === "string" && DATE.test(row[at]));
}

function rising(rows, at) {
  const steps = rows.slice(1).map((row, index) => Number(row[at]) - Number(rows[index][at]));
  return steps.every((step) => step > 0) || steps.every((step) => step < 0);
}

/** The position of a label on a line's axis: a date's time, or the number itself. */
export function position(value) {
  if (typeof value === "number") return value;
  const text = String(value);
  if (!DATE.test(text)) return Number(text);
  const [day, time = "00:00"] = text.split(/[ T]/);
  const [hours = 0, minutes = 0] = time.split(":").map(Number.parseFloat);
  return Date.parse(day.length === 7 ? `${day}-01` : day) + (hours * 60 + minutes) * 60_000;
}

/** Round numbers that span [low, high], about `count` of them. */
export function ticks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(1, count);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * unit).find((one) => one >= rough);
  const found = [];
  for (let at = Math.floor(low / step); at * step < high + step * 0.999; at += 1) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}
