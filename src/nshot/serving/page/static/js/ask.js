// The page to ask on: the question, the running answer, the conversation, the history.
import { $, button, clear, h } from "./dom.js";
import { ApiError, ask, call } from "./api.js";
import { answerView } from "./answer.js";
import { sqlText } from "./editor.js";
import * as history from "./history.js";
import { showProvenance } from "./provenance.js";
import { pickDatabase, schemaLink, setDatabase, start } from "./start.js";

const turns = []; // what was asked before in this conversation: {question, sql, id}
const MOST_TURNS = 20;
let info = null;
let database = "";
let running = null; // the AbortController of the question that is being answered
const schemas = new Map();

const form = $("#ask-form");
const field = $("#question");

function tablesOf(id) {
  if (!schemas.has(id)) {
    const tables = call("GET", `/api/schema/${encodeURIComponent(id)}`).then((schema) => schema.tables);
    tables.catch(() => schemas.delete(id)); // to be tried again
    schemas.set(id, tables);
  }
  return schemas.get(id);
}

const dialectOf = (id) => info.databases.find((one) => one.id === id)?.dialect ?? "";

/** Enter sends a form, Shift+Enter starts a new line; not while an input method composes. */
function sendOnEnter(area, target) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (area.value.trim()) target.requestSubmit();
  });
}

function contextFor(id, again) {
  return {
    db_id: id,
    dialect: dialectOf(id),
    tables: tablesOf(id),
    may_save: info.may_save,
    onCancel: () => running?.abort(),
    onRetry: again,
    onRephrase: (text) => answer(text, { standAlone: true }),
  };
}

/** Asks and shows the answer as it comes. */
async function answer(question, { standAlone = false } = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  const id = database;
  begin();
  const view = answerView($("#answer"), question, contextFor(id, () => answer(question, { standAlone })));
  const shown = {};
  const history = turns.slice(-MOST_TURNS).map((turn) => ({ question: turn.question, sql: turn.sql }));
  const body = { question, db_id: id, history, stand_alone: standAlone };
  if ($("#shots").value !== "") body.shots = Number($("#shots").value);
  try {
    await ask(body, {
      signal: mine.signal,
      onEvent(name, event) {
        if (mine !== running) return;
        shown[name] = event;
        view.on[name]?.(event);
        showProvenance(shown, id, dialectOf(id));
      },
    });
    finish(view, id);
  } catch (error) {
    if (mine !== running) return;
    if (mine.signal.aborted) view.stop("Cancelled.");
    else if (error instanceof ApiError) view.stop("There is no answer.", error.message);
    else throw error;
  } finally {
    if (mine === running) end();
  }
}

function begin() {
  $("#welcome").hidden = true;
  if ($("#answer").contains(document.activeElement)) $("#answer").focus(); // its form goes away
  clear($("#provenance"));
  $("#follow-up")?.remove();
  $("#ask-button").disabled = true;
  showEarlier();
}

function end() {
  running = null;
  $("#ask-button").disabled = false;
}

function finish(view, id) {
  const { turn } = view;
  window.history.replaceState(null, "", `/a/${encodeURIComponent(turn.id)}`);
  document.title = `${turn.text} · nshot`;
  history.keep({ id: turn.id, question: turn.text, sql: turn.model, db_id: id });
  history.showHistory(turn.id);
  offerNext(view);
}

/** The verdict, and a box for a follow-up question. */
function offerNext(view) {
  if (view.turn.model) view.offerVerdict();
  const area = h("textarea", { id: "follow-up-question", rows: "1", maxlength: "4000", required: true, placeholder: "Ask on, for example: only those from Ethiopia" });
  const submit = (event) => {
    event.preventDefault();
    if (view.sql.trim()) turns.push({ question: view.turn.text, sql: view.sql, id: view.turn.id });
    answer(area.value.trim());
  };
  const box = h("form", { id: "follow-up", class: "panel ask-box", onsubmit: submit }, h("label", { for: "follow-up-question", class: "unseen" }, "Follow-up question"), area, h("div", { class: "bar" }, button("New question", reset, { kind: "quiet" }), h("button", { class: "primary" }, "Follow up")));
  sendOnEnter(area, box);
  $("#answer").append(box);
}

function reset() {
  running?.abort();
  turns.length = 0;
  $("#answer").hidden = true;
  clear($("#answer"));
  clear($("#provenance"));
  showEarlier();
  window.history.replaceState(null, "", "/");
  document.title = "Ask · nshot";
  history.showHistory();
  welcome();
  field.value = "";
  field.focus();
}

function showEarlier() {
  const list = $("#earlier");
  list.hidden = !turns.length;
  clear(list, turns.map(({ question, sql, id }) => {
    const open = h("a", { href: `/a/${encodeURIComponent(id)}` }, "open");
    return h("li", {}, h("details", {}, h("summary", {}, question), sqlText(sql, dialectOf(database)), h("p", { class: "facts" }, open)));
  }));
}

/** What a person sees first: the tables, and questions that have a verified answer. */
async function welcome() {
  const box = $("#welcome");
  const id = database;
  if (!id) return;
  box.hidden = false;
  const [tables, pairs] = await Promise.all([tablesOf(id).catch(() => null), known(id)]);
  if (id !== database) return;
  const columns = (table) => h("span", { class: "hint" }, table.columns.map((column) => column.name).join(", "));
  const list = tables && h("ul", { class: "cards" }, tables.slice(0, 12).map((table) => h("li", {}, h("a", { href: schemaLink(id, table.name) }, table.name), columns(table))));
  const rest = tables?.length > 12 && h("p", { class: "hint" }, h("a", { href: schemaLink(id) }, `and ${tables.length - 12} more tables`));
  const tries = pairs.map(({ question }) => h("li", {}, button(question, () => { field.value = question; form.requestSubmit(); }, { kind: "quiet" })));
  clear(box, h("h2", {}, `What ${id} holds`), list, rest, tries.length > 0 && [h("h2", {}, "Questions with a verified answer"), h("ul", { class: "tries" }, tries)]);
}

async function known(id) {
  const path = `/api/pairs?db_id=${encodeURIComponent(id)}&state=active&limit=5`;
  return call("GET", path).then(({ pairs }) => pairs, () => []);
}

/** Shows an answer that the server has kept; its rows come from running the SQL again. */
async function open(id) {
  let kept;
  try {
    kept = await call("GET", `/api/answers/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof ApiError) return gone(id, error);
    throw error;
  }
  database = kept.db_id;
  setDatabase(database);
  field.value = kept.question;
  const view = answerView($("#answer"), kept.asked ?? kept.question, contextFor(database, () => open(id)));
  const rewritten = Boolean(kept.asked) && kept.asked !== kept.question;
  const parts = { question: { text: kept.question, asked: kept.asked, rewritten, how: "" }, retrieved: kept.retrieved, prompt: kept.prompt, sql: kept.sql };
  for (const [name, event] of Object.entries(parts)) if (event) view.on[name](event);
  showProvenance(kept, database, dialectOf(database));
  view.on.done({ ...kept.done, id });
  document.title = `${kept.question} · nshot`;
  history.showHistory(id);
  if (kept.sql?.outcome === "ok") await view.run();
  offerNext(view);
}

function gone(id, error) {
  const entry = history.find(id);
  const text = error.status === 404 ? "The server no longer has this answer. It keeps the latest ones in memory." : error.message;
  const again = entry && button("Ask it again", () => { field.value = entry.question; form.requestSubmit(); }, { kind: "small" });
  if (entry) {
    field.value = entry.question;
    database = entry.db_id;
    setDatabase(database);
  }
  $("#answer").hidden = false;
  clear($("#answer"), h("div", { class: "notice bad", role: "alert" }, h("strong", {}, text), again));
}

async function main() {
  const ready = prepare();
  history.showHistory();
  sendOnEnter(field, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ready; // a question may be typed faster than the server describes itself
    turns.length = 0;
    answer(field.value.trim());
  });
  await ready;
  const kept = location.pathname.match(/^\/a\/([^/]+)$/);
  if (kept) await open(decodeURIComponent(kept[1]));
  else if (!running) welcome();
}

async function prepare() {
  info = await start();
  $("#shots").placeholder = info.shots;
  database = pickDatabase(info, "", (id) => {
    database = id;
    reset();
  });
}

main();
