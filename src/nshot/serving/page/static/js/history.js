// Questions asked in this browser. They stay here (localStorage) and hold no rows.
import { $, announce, clear, h } from "./dom.js";

const KEY = "nshot.history";
const MOST = 100;

export function entries() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** Keeps {id, question, sql, db_id}, the newest first; a question that is asked again moves up. */
export function keep(entry) {
  const same = (one) => one.id === entry.id || (one.question === entry.question && one.db_id === entry.db_id);
  const all = [{ ...entry, time: Date.now() }, ...entries().filter((one) => !same(one))];
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(0, MOST)));
  } catch {
    // No room or no storage in this browser: an answer matters more than its history.
  }
}

export const find = (id) => entries().find((one) => one.id === id);

/** Draws the list; `current` is the id of the answer that is shown. */
export function showHistory(current = "") {
  const all = entries();
  const clearButton = $("#clear-history");
  clearButton.hidden = !all.length;
  clearButton.onclick = () => {
    localStorage.removeItem(KEY);
    announce("History cleared");
    showHistory();
    $("#question").focus();
  };
  const empty = h("li", { class: "hint" }, "Your questions will be listed here. They stay in this browser.");
  clear($("#history"), all.length ? all.map((one) => item(one, current)) : empty);
}

function item({ id, question, db_id, time }, current) {
  const link = h("a", { href: `/a/${encodeURIComponent(id)}`, "aria-current": id === current ? "true" : null }, question);
  return h("li", {}, link, h("span", { class: "hint" }, `${db_id} · ${ago(time)}`));
}

function ago(time) {
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h ago`;
  return new Date(time).toLocaleDateString();
}
