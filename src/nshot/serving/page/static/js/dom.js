// Elements from plain values. Text is always set as text, so nothing that a server sends becomes markup.

export const $ = (selector, root = document) => root.querySelector(selector);

/** An element: h("a", { class: "x", href: "/", onclick: f }, "text", [more, null]). */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && typeof value !== "string") element[key] = value;
    else element.setAttribute(key === "className" ? "class" : key, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, props = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(props)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((one) => one !== null));
  return element;
}

const ICONS = {
  check: "M4 10.5 8.2 15 16 5.5",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  cross: "M5 5l10 10M15 5 5 15",
  down: "M10 3v10m-4-4 4 4 4-4M4 17h12",
  edit: "M4 16l1-4 8-8 3 3-8 8zM11 6l3 3",
  link: "M8 12l4-4M9 6l2-2a3.2 3.2 0 0 1 5 5l-2 2M11 14l-2 2a3.2 3.2 0 0 1-5-5l2-2",
  play: "M6 4.5v11l9-5.5z",
  thumb: "M3 9.5h3V17H3zM6 10l3.2-6.6c1.4 0 2.2 1.2 1.9 2.5L10.6 8.5h4.6a1.6 1.6 0 0 1 1.5 2l-1.2 5a2 2 0 0 1-2 1.5H6",
  undo: "M5 5v5h5M5.5 10A6 6 0 1 1 7 15",
};

export function icon(name, turned = false) {
  const path = svg("path", { d: ICONS[name], "vector-effect": "non-scaling-stroke" });
  const transform = turned ? "rotate(180 10 10)" : null;
  return svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("g", { transform }, path));
}

export function button(label, onclick, { symbol = "", kind = "", ...props } = {}) {
  const mark = symbol ? icon(symbol.replace("!", ""), symbol.endsWith("!")) : null;
  return h("button", { type: "button", class: kind || null, onclick, ...props }, mark, h("span", {}, label));
}

/** Says something to a screen reader without moving the focus. */
export function announce(text) {
  $("#status").textContent = text;
}

export function clear(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}

export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export function seconds(value) {
  if (value === null || value === undefined) return "";
  if (value < 0.0095) return `${(value * 1000).toFixed(value < 0.001 ? 1 : 0)} ms`;
  return value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`;
}

/** Copies text; where the browser gives no clipboard (http on a host name), a selection does it. */
export async function copyText(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(said);
}
