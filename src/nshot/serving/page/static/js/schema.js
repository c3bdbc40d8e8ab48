// The schema of a database: tables, columns, keys and sample values.
import { $, clear, h, plural } from "./dom.js";
import { ApiError, call } from "./api.js";
import { notice, pickDatabase, remember, schemaLink, start } from "./start.js";

async function main() {
  const info = await start();
  const wanted = decodeURIComponent(location.pathname.match(/^\/schema\/(.+)$/)?.[1] ?? "");
  const picked = pickDatabase(info, wanted, (id) => location.assign(schemaLink(id)));
  const id = wanted || picked;
  if (info.databases.some((one) => one.id === id)) remember(id);
  try {
    show(await call("GET", `/api/schema/${encodeURIComponent(id)}`));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notice("bad", error.status === 404 ? `There is no database ${id}. Choose another one above.` : error.message);
  }
}

function show({ db_id, dialect, fingerprint, tables, foreign_keys, left_out }) {
  document.title = `${db_id} · nshot`;
  $("#schema-title").textContent = db_id;
  const columns = tables.reduce((all, table) => all + table.columns.length, 0);
  const facts = [plural(tables.length, "table"), plural(columns, "column"), plural(foreign_keys.length, "foreign key"), dialect];
  clear($("#schema-summary"), facts.join(" · "), fingerprint && [" · ", h("span", { title: fingerprint }, `fingerprint ${fingerprint.slice(0, 12)}`)]);
  const cards = tables.map((table) => [table, card(table, foreign_keys)]);
  clear($("#tables"), cards.map(([, element]) => element));
  const links = cards.map(([table, element]) => [table, element, h("li", {}, h("a", { href: `#${encodeURIComponent(table.name)}` }, table.name, h("span", { class: "hint" }, String(table.columns.length))))]);
  clear($("#table-list"), links.map(([, , link]) => link));
  $("#table-filter").addEventListener("input", (event) => filter(links, event.target.value));
  if (left_out?.length) showLeftOut(left_out);
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

function filter(links, text) {
  const words = text.toLowerCase().trim();
  for (const [table, element, link] of links) {
    const found = [table, ...table.columns].some((one) => `${one.name} ${one.description ?? ""}`.toLowerCase().includes(words));
    element.hidden = link.hidden = !found;
  }
}

function card(table, keys) {
  const from = keys.filter((key) => key.table === table.name);
  const to = keys.filter((key) => key.ref_table === table.name);
  const head = ["Column", "Type", "Key", "Sample values"].map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  const rows = table.columns.map((column) => row(column, from));
  return h(
    "section",
    { class: "panel table-card", id: table.name, "aria-label": `Table ${table.name}` },
    h("h2", {}, table.name),
    table.description && h("p", {}, table.description),
    h("div", { class: "scroll flat", tabindex: "0", role: "region", "aria-label": `Columns of ${table.name}` }, h("table", { class: "columns", role: "table" }, h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)), h("tbody", { role: "rowgroup" }, rows))),
    to.length > 0 && h("p", { class: "facts" }, "Referred to by ", h("span", {}, list(to.map((key) => link(key.table, key.columns))))),
  );
}

/** The roles are said because on a phone the rows are laid out as a grid, which would take them away. */
function row({ name, type, description, primary_key, samples }, from) {
  const keys = from.filter((key) => key.columns.includes(name));
  const refers = keys.map((key) => h("span", { class: "ref" }, "→ ", link(key.ref_table, key.ref_columns)));
  const values = (samples ?? []).map((value) => h("li", { title: String(value) }, String(value)));
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, name, description && h("span", { class: "hint" }, description)),
    h("td", { class: "type", role: "cell" }, type),
    h("td", { class: "wide", role: "cell" }, primary_key && h("span", { class: "badge good" }, "primary key"), refers),
    h("td", { class: "wide", role: "cell" }, values.length > 0 && h("ul", { class: "samples" }, values)),
  );
}

const link = (table, columns) => h("a", { href: `#${encodeURIComponent(table)}` }, `${table}.${columns.join(", ")}`);
const list = (links) => links.flatMap((one, at) => (at ? [", ", one] : [one]));

function showLeftOut(parts) {
  const items = parts.map(({ name, reason }) => h("li", {}, h("strong", {}, name), `: ${reason}`));
  $("#left-out").hidden = false;
  clear($("#left-out"), h("h2", {}, "Left out"), h("p", { class: "hint" }, "These parts could not be read. nshot does not use them."), h("ul", {}, items));
}

main();
