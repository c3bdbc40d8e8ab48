// The page of verified pairs: search, add, edit, retract, conflicts, and the check after a schema change.
import { $, announce, button, clear, h, plural } from "./dom.js";
import { ApiError, call } from "./api.js";
import { sqlEditor, sqlText } from "./editor.js";
import { notice, start } from "./start.js";
import { resolveConflict } from "./verdict.js";

const PAGE = 50;
const STATES = { active: ["in use", "good"], set_aside: ["set aside", "bad"], rejected: ["rejected", ""] };
let info = null;
let offset = 0;
let asked = 0;

const dialectOf = (id) => info.databases.find((one) => one.id === id)?.dialect ?? "";

async function load(from = 0) {
  const mine = (asked += 1);
  const query = new URLSearchParams({ limit: PAGE, offset: from });
  for (const [name, id] of [["q", "pair-query"], ["state", "pair-state"], ["db_id", "pair-database"]]) {
    if ($(`#${id}`).value) query.set(name, $(`#${id}`).value);
  }
  try {
    const found = await call("GET", `/api/pairs?${query}`);
    if (mine !== asked) return;
    offset = from;
    show(found);
  } catch (error) {
    fail(error);
  }
}

function show({ pairs, total }) {
  const narrowed = ["pair-query", "pair-state", "pair-database"].some((id) => $(`#${id}`).value);
  const empty = narrowed ? "No pair matches." : "No pairs yet. Ask a question, correct the SQL if you must, and say that it is right.";
  clear($("#pairs"), pairs.length ? pairs.map(card) : h("li", { class: "empty" }, empty));
  const last = offset + pairs.length;
  const text = total ? `${offset + 1} to ${last} of ${plural(total, "pair")}` : "";
  clear(
    $("#paging"),
    h("span", { class: "hint" }, text),
    h("span", { class: "push" }),
    offset > 0 && button("Previous", () => load(Math.max(0, offset - PAGE))),
    last < total && button("Next", () => load(offset + PAGE)),
  );
  announce(text || empty);
}

function card(pair) {
  const [state, kind] = STATES[pair.state] ?? [pair.state, ""];
  const conflicts = pair.conflicts ?? [];
  const facts = [
    h("span", { class: `badge ${kind}` }, state),
    h("span", { class: "badge" }, pair.db_id),
    conflicts.length > 0 && h("span", { class: "badge bad" }, plural(conflicts.length, "conflict")),
    pair.author && h("span", {}, pair.author),
    h("span", {}, when(pair.created)),
  ];
  const acts = info.may_save && [
    button("Edit", () => edit(pair), { symbol: "edit", kind: "quiet small", "aria-label": `Edit: ${pair.question}` }),
    button("Retract", (event) => retract(pair, event.currentTarget), { symbol: "cross", kind: "quiet small", "aria-label": `Retract: ${pair.question}` }),
  ];
  return h(
    "li",
    { class: "panel pair", id: `pair-${pair.id}`, tabindex: "-1" },
    h("p", { class: "example-question" }, pair.question),
    sqlText(pair.sql, dialectOf(pair.db_id)),
    pair.reason && h("p", { class: "why" }, pair.reason),
    conflicts.length > 0 && h("p", { class: "why" }, "The same question has other SQL: ", conflicts.map((id, at) => [at ? ", " : "", other(id)])),
    h("div", { class: "bar facts" }, facts, h("span", { class: "push" }), acts || null),
  );
}

function other(id) {
  const shown = () => document.getElementById(`pair-${id}`);
  return h("a", { href: `#pair-${id}`, onclick: (event) => {
    if (!shown()) return;
    event.preventDefault();
    shown().scrollIntoView({ block: "center" });
    shown().focus();
  } }, `pair ${id}`);
}

function when(created) {
  if (!created) return "";
  const date = new Date(typeof created === "number" ? created * 1000 : created);
  return Number.isNaN(date.valueOf()) ? String(created) : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Asks once more before a pair goes, in place of the button. */
function retract(pair, pressed) {
  const sure = button("Retract it", async () => {
    try {
      await call("DELETE", `/api/pairs/${encodeURIComponent(pair.id)}`);
      say("Retracted. It is no longer used as an example.");
      await load(offset);
      $("#pair-query").focus();
    } catch (error) {
      fail(error);
    }
  }, { kind: "small danger" });
  const keep = button("Keep it", () => (sure.replaceWith(pressed), keep.remove(), pressed.focus()), { kind: "quiet small" });
  pressed.replaceWith(sure);
  sure.after(keep);
  keep.focus();
}

/** The dialog to edit a pair, or to add one where `pair` has no id. */
function edit(pair) {
  const question = h("textarea", { id: "pair-question", rows: "2", required: true, maxlength: "4000" });
  question.value = pair.question ?? "";
  const database = h("select", { id: "pair-db", disabled: Boolean(pair.id) }, info.databases.map(({ id }) => h("option", { value: id, selected: id === pair.db_id }, id)));
  const editor = sqlEditor({ value: pair.sql ?? "", label: "SQL of the pair", dialect: dialectOf(pair.db_id) });
  const problem = h("div", { "aria-live": "assertive" });
  const title = pair.id ? "Edit the pair" : "New pair";
  const submit = async (event) => {
    event.preventDefault();
    try {
      await save({ ...pair, question: question.value.trim(), sql: editor.value.trim(), db_id: database.value });
      dialog.close();
      await load(pair.id ? offset : 0);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      clear(problem, h("p", { class: "notice bad" }, error.message));
    }
  };
  const dialog = h(
    "dialog",
    { class: "edit", "aria-labelledby": "edit-title" },
    h("form", { onsubmit: submit },
      h("h2", { id: "edit-title" }, title),
      h("label", { for: "pair-question" }, "Question"), question,
      h("label", { for: "pair-db" }, "Database"), database,
      h("span", { class: "label" }, "SQL"), editor.element, problem,
      h("div", { class: "bar end" }, button("Cancel", () => dialog.close(), { kind: "quiet" }), h("button", { class: "primary" }, "Save"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  question.focus();
}

async function save(pair, replace) {
  const { id, question, sql, db_id } = pair;
  try {
    const body = id ? { question, sql } : { question, sql, db_id, verdict: "good", ...(replace ? { replace } : {}) };
    const answer = await call(id ? "PATCH" : "POST", id ? `/api/pairs/${encodeURIComponent(id)}` : "/api/pairs", body);
    say(answer.duplicate ? "This pair is saved already." : "Saved.");
  } catch (error) {
    const others = error.status === 409 && !id && error.body?.conflicts;
    if (!others) throw error;
    const chosen = await resolveConflict(pair, others, dialectOf(db_id));
    if (!chosen) throw new ApiError("Nothing was saved: this question has other SQL already.");
    await save(pair, chosen);
  }
}

async function verify(event) {
  const pressed = event.currentTarget;
  pressed.disabled = true;
  try {
    const { checked, set_aside, restored } = await call("POST", "/api/pairs/verify");
    const parts = [plural(checked, "pair was", "pairs were") + " checked", `${set_aside.length} set aside`, `${restored.length} back in use`];
    say(`${parts.join(", ")}.`, set_aside.length ? "bad" : "good");
    await load(0);
  } catch (error) {
    fail(error);
  } finally {
    pressed.disabled = false;
  }
}

function say(text, kind = "good") {
  clear($("#pairs-message"), h("p", { class: `notice ${kind}` }, text));
}

function fail(error) {
  if (!(error instanceof ApiError)) throw error;
  say(error.message, "bad");
}

async function main() {
  info = await start();
  $("#pair-database").append(...info.databases.map(({ id }) => h("option", { value: id }, id)));
  $("#new-pair").hidden = !info.may_save;
  $("#new-pair").addEventListener("click", () => edit({ db_id: $("#pair-database").value || info.default_db }));
  $("#verify").addEventListener("click", verify);
  $("#search").addEventListener("submit", (event) => (event.preventDefault(), load()));
  for (const id of ["pair-state", "pair-database"]) $(`#${id}`).addEventListener("change", () => load());
  let typing = 0;
  $("#pair-query").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(load, 250);
  });
  if (!info.may_save) notice("", "Saving pairs is off on this server. You can look at them here.");
  await load();
}

main();
