// One answer on the page: it grows as the events come, and its SQL can be edited and run again.
import { announce, button, clear, copyText, h, plural, seconds, svg } from "./dom.js";
import { ApiError, call } from "./api.js";
import { toCsv } from "./cells.js";
import { resultChart } from "./draw.js";
import { sqlEditor, sqlText } from "./editor.js";
import { resultTable } from "./table.js";
import { stageList } from "./stages.js";
import { verdictRow } from "./verdict.js";

const OUTCOMES = {
  empty: "The model wrote no SQL.",
  abstained: "No answer: the SQL is too likely to be wrong. The other candidates show it.",
  unparsed: "The model's answer is no SQL that can be read.",
  refused: "The SQL was not run. Only one statement that reads is allowed.",
  timeout: "The SQL took longer than the time limit and was stopped.",
  "too large": "The result is larger than the limit.",
  error: "The database could not run the SQL.",
  failed: "The model gave no answer.",
  untried: "The SQL was not run.",
};

const WORDS = { ok: "runs", untried: "not tried" };

/**
 * The view of one answer in `article`.
 *
 * context: {db_id, dialect, tables, may_save, onRephrase(text), onCancel(), onRetry()}
 */
export function answerView(article, asked, context) {
  const stages = stageList(context.onCancel);
  const head = h("header", { class: "answer-head" });
  const problem = h("div", { class: "problem" });
  const sqlBox = h("section", { class: "panel", "aria-label": "SQL", hidden: true });
  const resultBox = h("section", { class: "panel result", "aria-label": "Result", hidden: true });
  const foot = h("div", {});
  const turn = { asked, text: asked, id: "", model: "", source: "model", confidence: null };
  let editor = null;
  let runs = 0;

  article.hidden = false;
  clear(article, head, stages.element, problem, sqlBox, resultBox, foot);
  drawHead();

  function drawHead({ rewritten = false, how = "" } = {}) {
    const marks = [
      turn.source === "verified" && h("span", { class: "badge good" }, "verified answer"),
      turn.source === "near" && h("span", { class: "badge" }, "answer of a near pair"),
      turn.confidence !== null && confidence(turn.confidence),
      turn.id && button("Copy link", () => copyText(`${location.origin}/a/${turn.id}`, "Link copied"), { symbol: "link", kind: "quiet small" }),
    ];
    clear(head, h("h2", {}, rewritten ? asked : turn.text), h("p", { class: "facts" }, h("span", { class: "badge" }, context.db_id), ...marks));
    if (rewritten) head.append(understood(turn.text, how, context.onRephrase));
  }

  const on = {
    question(event) {
      turn.text = event.text;
      turn.asked = event.asked ?? asked;
      turn.heading = { rewritten: event.rewritten, how: event.how };
      drawHead(turn.heading);
      stages.begin("retrieved");
    },
    retrieved(event) {
      stages.end("retrieved", event.examples.length ? `${event.examples.length} found` : "none");
      stages.begin("prompt");
    },
    prompt(event) {
      stages.end("prompt", plural(event.tokens, "token"));
      stages.begin("sql");
    },
    sql(event) {
      turn.model = event.sql;
      turn.source = event.source;
      turn.confidence = event.confidence ?? null;
      const runs = ["ok", "untried"].includes(event.outcome);
      if (event.sql) stages.end("sql", event.source === "model" ? "written" : "a saved pair");
      else stages.fail("sql", "none");
      if (runs) stages.begin("rows");
      else stages.fail("rows", "none");
      drawHead(turn.heading);
      drawSql(event);
    },
    rows(event) {
      stages.end("rows", plural(event.rows.length, "row"));
      showRows(event);
    },
    done(event) {
      turn.id = event.id;
      stages.finish(event.seconds?.total);
      drawHead(turn.heading);
    },
  };

  function drawSql(event) {
    const edited = h("span", { class: "badge", hidden: true }, "edited");
    const reset = button("Undo the edits", () => editor.setValue(turn.model), { symbol: "undo", kind: "quiet small", hidden: true });
    editor = sqlEditor({
      value: event.sql,
      label: "SQL of the answer, Control and Enter runs it",
      dialect: context.dialect,
      onRun: run,
      onChange(text) {
        edited.hidden = reset.hidden = text.trim() === turn.model.trim();
      },
    });
    context.tables?.then((tables) => editor.setSchema(tables)).catch(() => {});
    const copy = button("Copy", () => copyText(editor.value, "SQL copied"), { symbol: "copy", kind: "quiet small", "aria-label": "Copy the SQL" });
    const again = button("Run again", run, { symbol: "play", kind: "small", title: "Ctrl+Enter" });
    const title = h("header", { class: "bar" }, h("h3", {}, "SQL"), edited, h("span", { class: "push" }), reset, copy, again);
    clear(sqlBox, title, editor.element, event.note && h("p", { class: "note" }, event.note), alternatives(event.alternatives ?? []));
    sqlBox.hidden = false;
    if (!["ok", "untried"].includes(event.outcome)) showProblem(OUTCOMES[event.outcome] ?? event.outcome, event.error);
  }

  function alternatives(others) {
    if (!others.length) return null;
    const items = others.map((one) => {
      const facts = [
        h("span", { class: one.outcome in WORDS ? "badge" : "badge bad" }, WORDS[one.outcome] ?? one.outcome),
        Number.isFinite(one.logprob) && h("span", {}, `log-probability ${one.logprob.toFixed(2)}`),
        one.error && h("span", { class: "why" }, one.error),
      ];
      const use = button("Use this", () => (editor.setValue(one.sql), run()), { symbol: "play", kind: "quiet small" });
      return h("li", {}, sqlText(one.sql, context.dialect), h("p", { class: "facts" }, facts, h("span", { class: "push" }), use));
    });
    return h("details", { class: "alternatives" }, h("summary", {}, plural(others.length, "other candidate")), h("ol", {}, items));
  }

  async function run() {
    const mine = (runs += 1);
    clear(problem);
    resultBox.setAttribute("aria-busy", "true");
    try {
      const rows = await call("POST", "/api/run", { sql: editor.value, db_id: context.db_id });
      if (mine === runs) showRows(rows);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine !== runs) return;
      resultBox.hidden = true;
      const kind = { sql_refused: "refused", sql_error: "error", sql_timeout: "timeout" }[error.type];
      showProblem(OUTCOMES[kind] ?? "The SQL could not be run.", error.message);
    } finally {
      if (mine === runs) resultBox.removeAttribute("aria-busy");
    }
  }

  function showRows(result) {
    const { columns, rows, truncated } = result;
    const count = `${plural(rows.length, "row")}${truncated ? ", the first ones of more" : ""}`;
    const facts = h("span", { class: "hint" }, `${count} · ${plural(columns.length, "column")} · ${seconds(result.seconds)}`);
    const csv = button("CSV", () => download(columns, rows), { symbol: "down", kind: "quiet small", "aria-label": "Download the rows as CSV" });
    const chart = resultChart(result);
    const empty = h("p", { class: "empty" }, "The SQL ran and found no rows.");
    const table = rows.length ? resultTable(result, `Rows of the answer, ${count}`) : empty;
    clear(resultBox, h("header", { class: "bar" }, h("h3", {}, "Rows"), facts, h("span", { class: "push" }), csv), h("div", { class: chart ? "beside" : "alone" }, chart, table));
    resultBox.hidden = false;
    stages.late(plural(rows.length, "row"));
    announce(count);
  }

  function download(columns, rows) {
    const url = URL.createObjectURL(new Blob([toCsv(columns, rows)], { type: "text/csv" }));
    h("a", { href: url, download: `${context.db_id}-${turn.id || "rows"}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  function showProblem(text, detail) {
    const retry = !editor && button("Ask again", context.onRetry, { symbol: "undo", kind: "small" });
    clear(problem, h("div", { class: "notice bad", role: "alert" }, h("strong", {}, text), detail && h("p", { class: "detail" }, detail), retry));
  }

  /** Offers the verdict once the answer is complete. */
  function offerVerdict() {
    if (!context.may_save) return;
    const current = () => ({ question: turn.text, sql: editor.value, db_id: context.db_id, answer_id: turn.id });
    clear(foot, verdictRow(current, context));
  }

  function stop(text, detail) {
    stages.stop();
    if (text) showProblem(text, detail);
  }

  return { turn, on, run, stop, offerVerdict, stages, get sql() { return editor?.value ?? ""; } };
}

function understood(text, how, onRephrase) {
  const box = h("div", { class: "understood" });
  const show = () => {
    clear(box, h("span", { class: "hint" }, "Understood as "), h("q", {}, text), how && h("span", { class: "hint" }, ` (${how})`), button("Edit", edit, { symbol: "edit", kind: "quiet small", "aria-label": "Edit the question as understood" }));
  };
  const edit = () => {
    const field = h("input", { value: text, "aria-label": "Question as understood", required: true, maxlength: "4000" });
    const submit = (event) => (event.preventDefault(), onRephrase(field.value.trim()));
    clear(box, h("form", { class: "bar", onsubmit: submit }, field, h("button", { class: "small primary" }, "Ask this"), button("Leave it", show, { kind: "quiet small" })));
    field.focus();
  };
  show();
  return box;
}

function confidence(value) {
  const percent = Math.round(value * 100);
  const meter = svg("svg", { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "meter-back", width: 100, height: 8 }), svg("rect", { class: "meter-mark", width: percent, height: 8 }));
  return h("span", { class: "confidence", title: "How sure nshot is that this SQL is right" }, "confidence ", meter, ` ${percent} %`);
}
