// SQL to read and to edit. CodeMirror does it where its bundle loads; a plain text area stays where not.
import { h } from "./dom.js";

const DIALECTS = { sqlite: "SQLite", postgres: "PostgreSQL", postgresql: "PostgreSQL", duckdb: "PostgreSQL", mysql: "MySQL", mariadb: "MariaSQL" };
let bundle = null;

/** The bundle's module, or null where it cannot be loaded. */
function load() {
  bundle ??= import("../vendor/editor.js").catch(() => null);
  return bundle;
}

const dialectOf = (cm, name) => cm[DIALECTS[name]] ?? cm.StandardSQL;

/** SQL in an element, coloured as soon as the bundle is there. */
export function sqlText(text, dialect = "", name = "pre") {
  const element = h(name, { class: "sql" }, text);
  load().then((cm) => {
    if (!cm) return;
    const parts = [];
    const tree = dialectOf(cm, dialect).language.parser.parse(text);
    const put = (code, kind) => parts.push(kind ? h("span", { class: kind }, code) : code);
    cm.highlightCode(text, tree, cm.classHighlighter, put, () => parts.push("\n"));
    element.replaceChildren(...parts);
  });
  return element;
}

/** An editor: {element, value, setValue(text), setSchema(tables), ready}. Ctrl+Enter runs. */
export function sqlEditor({ value, label, dialect = "", onRun = () => {}, onChange = () => {} }) {
  const area = h("textarea", { class: "sql-area", "aria-label": label, spellcheck: "false", autocapitalize: "off", rows: "3" });
  const element = h("div", { class: "editor" }, area);
  let view = null;
  area.value = value;
  area.addEventListener("input", () => onChange(area.value));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onRun();
  });

  const ready = load().then((cm) => {
    if (!cm) return null;
    view = mount(cm, element, area, { label, dialect, onRun, onChange });
    return view;
  });

  return {
    element,
    ready,
    get value() {
      return area.value;
    },
    setValue(text) {
      area.value = text;
      if (view) view.editor.dispatch({ changes: { from: 0, to: view.editor.state.doc.length, insert: text } });
      else onChange(text);
    },
    async setSchema(tables) {
      const made = await ready;
      made?.complete(Object.fromEntries(tables.map((table) => [table.name, table.columns.map((column) => column.name)])));
    },
  };
}

/** CodeMirror in a shadow root: there its styles are adopted style sheets, which the page's policy allows. */
function mount(cm, element, area, { label, dialect, onRun, onChange }) {
  const host = h("div", { class: "editor-host" });
  const root = host.attachShadow({ mode: "open" });
  const language = new cm.Compartment();
  const grammar = (schema) => cm.sql({ dialect: dialectOf(cm, dialect), schema });
  const changed = cm.EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    area.value = update.state.doc.toString();
    onChange(area.value);
  });
  const run = { key: "Mod-Enter", preventDefault: true, run: () => (onRun(), true) };
  const extensions = [
    cm.history(),
    cm.bracketMatching(),
    cm.closeBrackets(),
    cm.autocompletion({ icons: false }),
    cm.syntaxHighlighting(cm.classHighlighter),
    cm.keymap.of([run, ...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.historyKeymap, ...cm.defaultKeymap]),
    cm.EditorView.lineWrapping,
    cm.EditorView.contentAttributes.of({ "aria-label": label, "data-sql": "" }),
    cm.EditorView.theme(THEME),
    language.of(grammar({})),
    changed,
    cm.EditorView.domEventHandlers({ beforeinput: (event, view) => replaceByHand(cm, event, view) }),
  ];
  element.append(host);
  const state = cm.EditorState.create({ doc: area.value, extensions });
  const editor = new cm.EditorView({ state, parent: root, root });
  area.hidden = true;
  return { editor, complete: (schema) => editor.dispatch({ effects: language.reconfigure(grammar(schema)) }) };
}

/**
 * Text typed over a selection. Left to itself Chromium keeps the look of what it replaces by a style
 * attribute, which the page's policy blocks with a message in the console.
 */
function replaceByHand(cm, event, view) {
  const { from, to } = view.state.selection.main;
  const text = event.data;
  const plain = view.state.selection.ranges.length === 1 && !view.composing;
  if (event.inputType !== "insertText" || !text || from === to || !plain) return false;
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type" });
  const handled = view.state.facet(cm.EditorView.inputHandler).some((handler) => handler(view, from, to, text, insert));
  if (!handled) view.dispatch(insert());
  event.preventDefault();
  return true;
}

const token = (name) => ({ color: `var(--sql-${name})` });
const THEME = {
  "&": { font: "var(--code)", color: "var(--ink)", background: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.55" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 12px" },
  ".cm-tooltip": { background: "var(--panel)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "6px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { background: "var(--tint)", outline: "1px solid var(--edge)" },
  ".tok-keyword, .tok-operatorKeyword": { ...token("keyword"), fontWeight: "600" },
  ".tok-string, .tok-string2": token("string"),
  ".tok-number, .tok-bool, .tok-atom": token("number"),
  ".tok-typeName": token("name"),
  ".tok-comment": { ...token("comment"), fontStyle: "italic" },
};
