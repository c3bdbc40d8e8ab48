// What led to an answer: examples, tables, the prompt, what was left out, and the time it took.
import { $, button, clear, copyText, h, plural, seconds, svg } from "./dom.js";
import { sqlText } from "./editor.js";
import { schemaLink } from "./start.js";

const STAGES = ["queue", "first_pass", "retrieve", "prompt", "generate", "execute"];

/** The sections beside an answer, drawn anew whenever a part of {retrieved, prompt, done} has come. */
export function showProvenance({ retrieved, prompt, done }, database, dialect) {
  const names = new Map((retrieved?.examples ?? []).map((one) => [one.id, one.question]));
  clear(
    $("#provenance"),
    retrieved && side(`Examples (${retrieved.examples.length})`, examples(retrieved.examples, dialect)),
    prompt && side(`Tables shown (${prompt.tables.length})`, tables(prompt.tables, database)),
    prompt && leftOut(prompt.dropped, names),
    prompt && promptSide(prompt),
    done?.seconds && side("Time", times(done.seconds)),
  );
}

const side = (title, ...content) => h("section", { class: "side" }, h("h2", {}, title), ...content);

function examples(found, dialect) {
  if (!found.length) return h("p", { class: "hint" }, "No example was shown to the model.");
  return h("ol", { class: "examples" }, found.map((one) => example(one, dialect)));
}

function example({ question, sql, db_id, score, why, verified }, dialect) {
  const facts = [
    h("span", { class: "score", title: "Score: higher is nearer" }, `score ${Number(score).toFixed(2)}`),
    verified && h("span", { class: "badge good" }, "verified"),
    h("span", {}, db_id),
  ];
  return h("li", {}, h("p", { class: "example-question" }, question), sqlText(sql, dialect), h("p", { class: "facts" }, facts), why && h("p", { class: "why" }, why));
}

function tables(shown, database) {
  return h("ul", { class: "chips" }, shown.map((name) => h("li", {}, h("a", { href: schemaLink(database, name) }, name))));
}

function leftOut(dropped, names) {
  const parts = [
    ["example", (dropped?.examples ?? []).map((id) => names.get(id) ?? id)],
    ["table", dropped?.tables ?? []],
    ["column", dropped?.columns ?? []],
  ].filter(([, list]) => list.length);
  if (!parts.length) return null;
  const items = parts.map(([word, list]) => h("details", {}, h("summary", {}, plural(list.length, word)), h("p", { class: "names" }, list.join(", "))));
  return side("Left out to fit the token budget", ...items);
}

function promptSide({ text, tokens, sha256 }) {
  const copy = button("Copy", () => copyText(text, "Prompt copied"), { symbol: "copy", kind: "quiet small", "aria-label": "Copy the prompt" });
  const pre = h("pre", { class: "prompt", tabindex: "0", role: "region", "aria-label": "Text of the prompt" }, text);
  const hash = h("p", { class: "hint" }, "SHA-256 ", h("code", { title: sha256 }, (sha256 ?? "").slice(0, 12)));
  const title = h("header", { class: "bar" }, h("h2", {}, "Prompt"), h("span", { class: "push" }), copy);
  return h("section", { class: "side" }, title, h("details", {}, h("summary", {}, plural(tokens, "token")), pre, hash));
}

const colour = (name) => `part-${STAGES.indexOf(name)}`;

function times(found) {
  const known = [...STAGES, ...Object.keys(found)].filter((name, at, all) => name in found && name !== "total" && all.indexOf(name) === at);
  const sum = known.reduce((all, name) => all + (found[name] ?? 0), 0);
  const total = found.total ?? sum;
  let from = 0;
  const parts = known.map((name) => {
    const width = ((found[name] ?? 0) / (Math.max(total, sum) || 1)) * 100;
    from += width;
    return svg("rect", { class: `part ${colour(name)}`, x: from - width, y: 0, width, height: 8 });
  });
  const bar = svg("svg", { class: "time-bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
  const rows = known.map((name) => h("div", {}, h("dt", {}, h("span", { class: `key ${colour(name)}` }), name.replaceAll("_", " ")), h("dd", {}, seconds(found[name]))));
  return h("div", {}, bar, h("dl", { class: "times" }, rows, h("div", { class: "sum" }, h("dt", {}, "total"), h("dd", {}, seconds(total)))));
}
