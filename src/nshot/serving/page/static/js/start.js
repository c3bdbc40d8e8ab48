// What every page begins with: the server's description, the picker of databases, a key where one is needed.
import { $, announce, button, clear, h } from "./dom.js";
import { ApiError, call, hasKey, setKey } from "./api.js";

const DATABASE = "nshot.database";

/** The answer of /api/info, once the server has one; shows why not until then. */
export async function start() {
  for (;;) {
    try {
      const info = await call("GET", "/api/info");
      if (!info.databases) {
        await askForKey(hasKey() ? "The server does not accept this API key." : "This server needs an API key.");
        continue;
      }
      clear($("#notices"));
      if (info.state === "loading") waitForModel();
      const saved = info.may_save ? "" : " · saving pairs is off";
      $("#about").textContent = `nshot ${info.version} · ${info.model} · ${info.strategy}, ${info.shots} examples${saved}`;
      if (info.needs_key && hasKey()) $("#about").append(" · ", button("Forget the API key", forget, { kind: "quiet small" }));
      return info;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) await askForKey(error.message);
      else await waitUntilReady(error);
    }
  }
}

function forget() {
  setKey("");
  location.reload();
}

function askForKey(message) {
  return new Promise((resolve) => {
    const field = h("input", { id: "api-key", type: "password", autocomplete: "off", required: true });
    const submit = (event) => {
      event.preventDefault();
      setKey(field.value.trim());
      resolve();
    };
    const hint = "It stays in this tab and is sent to this server only.";
    notice("", h("form", { class: "bar", onsubmit: submit }, h("label", { for: "api-key" }, message, " API key"), field, h("button", { class: "primary" }, "Use the key"), h("span", { class: "hint" }, hint)));
    field.focus();
  });
}

/** Says that the model is being loaded, for as long as it is. */
async function waitForModel() {
  notice("busy", "The model is being loaded. You can look around; questions are answered when it is there.");
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const response = await fetch("/health").catch(() => null);
    if (response?.ok) break;
  }
  $("#notices .busy")?.remove();
  announce("The model is ready");
}

async function waitUntilReady(error) {
  const loading = error.status === 503;
  const text = loading ? "The model is being loaded. This page goes on by itself." : error.message;
  if ($("#notices").textContent !== text) notice(loading ? "busy" : "bad", text);
  await new Promise((resolve) => setTimeout(resolve, loading ? 700 : 2500));
}

/** A message above the page. */
export function notice(kind, ...content) {
  clear($("#notices"), h("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null }, ...content));
}

/** Fills the picker; calls `onchange` when a person picks. Returns the id that is picked. */
export function pickDatabase(info, wanted, onchange) {
  const picker = $("#database");
  const known = info.databases.map((one) => one.id);
  const first = [wanted, remembered(), info.default_db, known[0]].find((id) => known.includes(id)) ?? "";
  clear(picker, known.map((id) => h("option", { value: id, selected: id === first }, id)));
  picker.disabled = known.length < 2;
  picker.addEventListener("change", () => {
    remember(picker.value);
    pointToSchema(picker.value);
    announce(`Database ${picker.value}`);
    onchange(picker.value);
  });
  pointToSchema(first);
  return first;
}

/** Picks a database on behalf of an answer. */
export function setDatabase(id) {
  if ([...$("#database").options].some((one) => one.value === id)) $("#database").value = id;
  pointToSchema(id);
}

export const schemaLink = (id, table = "") => `/schema/${encodeURIComponent(id)}${table ? `#${encodeURIComponent(table)}` : ""}`;

function pointToSchema(id) {
  if (id) $('[data-nav="schema"]').href = schemaLink(id);
}

const remembered = () => localStorage.getItem(DATABASE);
export const remember = (id) => localStorage.setItem(DATABASE, id);
