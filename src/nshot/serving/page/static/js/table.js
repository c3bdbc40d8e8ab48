// Rows as a table: sorted by a click on a column's name, numbers aligned, long values folded.
import { button, clear, h, plural } from "./dom.js";
import { cellText, isNumeric, sortRows } from "./cells.js";

const STEP = 200; // rows drawn at once
const NARROW = 36; // characters of a value that stays on one line
const LONG = 160; // characters of a value before the rest is folded

/** A table of {columns, rows}; `label` names it for a screen reader. */
export function resultTable({ columns, rows }, label) {
  const numeric = columns.map((_, at) => isNumeric(rows, at));
  const body = h("tbody");
  const more = h("div", { class: "more" });
  const heads = columns.map((name, at) => h("th", { scope: "col", class: numeric[at] ? "number" : null }, sorter(name, at)));
  let shown = rows;
  let order = null; // [column, descending]

  function sorter(name, at) {
    return h("button", { type: "button", class: "sort", title: name, onclick: () => sort(at) }, name || "(no name)");
  }

  function sort(at) {
    const [by, descending] = order ?? [];
    order = by !== at ? [at, false] : descending ? null : [at, true];
    shown = order ? sortRows(rows, ...order) : rows;
    heads.forEach((head, index) => {
      if (order?.[0] === index) head.setAttribute("aria-sort", order[1] ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    body.replaceChildren();
    draw();
  }

  function draw() {
    const from = body.childElementCount;
    body.append(...shown.slice(from, from + STEP).map((row) => h("tr", {}, row.map((value, at) => cell(value, numeric[at])))));
    const left = shown.length - body.childElementCount;
    clear(more, left > 0 && button(`Show ${Math.min(STEP, left)} more of ${plural(left, "row")} below`, draw, { kind: "quiet" }));
  }

  draw();
  const table = h("table", { class: "rows" }, h("thead", {}, h("tr", {}, heads)), body);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table, more);
}

function cell(value, numeric) {
  const text = cellText(value);
  const kind = value === null ? "null" : typeof value === "object" ? "bytes" : numeric ? "number" : null;
  if (text.length <= NARROW && !text.includes("\n")) return h("td", { class: kind, title: exact(value, text) }, text);
  const whole = h("div", {}, text.slice(0, LONG));
  if (text.length > LONG) {
    const label = `… ${text.length - LONG} more`;
    whole.append(" ", button(label, () => whole.replaceChildren(text), { kind: "quiet small", title: "Show the whole value" }));
  }
  return h("td", { class: kind }, whole);
}

const exact = (value, text) => (typeof value === "number" && String(value) !== text ? String(value) : null);
