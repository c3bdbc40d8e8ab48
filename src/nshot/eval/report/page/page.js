"use strict";
// Everything that comes from outside is put on the page as text, never as HTML.

const STEP = 25;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

for (const node of document.querySelectorAll(".needs-script")) node.hidden = false;

// Bringing out ways of picking in all charts

const picked = new Set();

function bringOut() {
  document.body.classList.toggle("picked", picked.size > 0);
  for (const node of document.querySelectorAll("figure .series[data-name]"))
    node.classList.toggle("on", picked.has(node.dataset.name));
  for (const button of document.querySelectorAll(".key button"))
    button.setAttribute("aria-pressed", String(picked.has(button.dataset.name)));
}

for (const button of document.querySelectorAll(".key button"))
  button.addEventListener("click", () => {
    const name = button.dataset.name;
    if (!picked.delete(name)) picked.add(name);
    bringOut();
  });

// The cases

// Two-sided exact p of McNemar's test: twice the binomial tail at one half; in logarithms, since halves vanish
function mcnemar(wins, losses) {
  const n = wins + losses;
  let log = -n * Math.LN2, tail = 0;
  for (let i = 0; i <= Math.min(wins, losses); i++) {
    tail += Math.exp(log);
    log += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}

async function unpack(text) {
  const binary = atob(text);
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function words(sql) {
  return sql.match(/'[^']*'|"[^"]*"|\w+|\s+|[^\w\s]/g) ?? [];
}

// Which of the words stand in the longest common subsequence with gold; null where that would take long
function common(ours, gold) {
  const n = ours.length, m = gold.length;
  if (n * m > 400000) return null;
  const row = m + 1;
  const lengths = new Uint16Array((n + 1) * row);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      lengths[i * row + j] = ours[i] === gold[j]
        ? lengths[(i + 1) * row + j + 1] + 1
        : Math.max(lengths[(i + 1) * row + j], lengths[i * row + j + 1]);
  const kept = new Array(n).fill(false);
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (ours[i] === gold[j]) { kept[i] = true; i++; j++; }
    else if (lengths[(i + 1) * row + j] >= lengths[i * row + j + 1]) i++;
    else j++;
  }
  return kept;
}

// Comment lines, which are the questions of examples, are shown as they are
function marked(sql, gold) {
  const pre = make("pre");
  for (const part of sql.split(/^(-- .*\n)/m).filter(Boolean))
    pre.append(part.startsWith("-- ") ? make("span", { class: "meta" }, part) : compared(part, gold));
  return pre;
}

function compared(sql, gold) {
  const parts = words(sql);
  const solid = parts.filter((part) => part.trim());
  const kept = common(solid.map((w) => w.toLowerCase()), words(gold).filter((w) => w.trim()).map((w) => w.toLowerCase()));
  const pre = make("span");
  let at = 0, run = "", gap = "";
  const close = () => {
    if (run) pre.append(make("mark", {}, run));
    pre.append(gap);
    run = gap = "";
  };
  for (const part of parts) {
    if (!part.trim()) gap += part;
    else if (kept === null || kept[at++]) { close(); pre.append(part); }
    else { run += (run ? gap : (pre.append(gap), "")) + part; gap = ""; }
  }
  close();
  return pre;
}

function openCases(data) {
  const form = document.getElementById("controls");
  const body = document.querySelector("#rows tbody");
  const status = document.getElementById("status");
  const more = document.getElementById("more");
  const text = (at) => data.texts[at];
  const fields = ["a", "b", "show", "hardness", "database", "mistake", "words"];

  function runsOf(value) {
    const at = Number(value.slice(1));
    if (value[0] === "r") return [at];
    return data.runs.flatMap(([system], run) => (system === at ? [run] : []));
  }

  function fill(name, values) {
    const select = form.elements[name];
    select.replaceChildren(make("option", { value: "" }, "any"));
    for (const value of values) select.append(make("option", { value }, value));
  }

  const distinct = (place) => [...new Set(data.cases.map((one) => text(one[place])))];
  const order = ["easy", "medium", "hard", "extra"];
  fill("hardness", distinct(2).sort((x, y) => order.indexOf(x) - order.indexOf(y)));
  fill("database", distinct(1).sort());
  const classes = new Set();
  for (const one of data.cases) for (const answer of one[5]) for (const name of answer[4]) classes.add(text(name));
  fill("mistake", [...classes].sort());

  function state() {
    return Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));
  }

  function address(extra = {}) {
    const all = Object.entries({ ...state(), ...extra }).filter(([, value]) => value !== "");
    return "#" + new URLSearchParams(all);
  }

  const wanted = {
    differ: (a, b) => a[1] !== b[1],
    wins: (a, b) => a[1] && !b[1],
    losses: (a, b) => !a[1] && b[1],
    wrong: (a) => !a[1],
    neither: (a, b) => !a[1] && !b[1],
    all: () => true,
  };

  // Systems with several seeds are taken seed by seed; the shorter of the two begins anew
  function select(now) {
    const first = runsOf(now.a), second = runsOf(now.b);
    const found = [];
    data.cases.forEach((one, at) => {
      if (now.hardness && text(one[2]) !== now.hardness) return;
      if (now.database && text(one[1]) !== now.database) return;
      if (now.words && !text(one[3]).toLowerCase().includes(now.words.toLowerCase())) return;
      for (let i = 0; i < Math.max(first.length, second.length); i++) {
        if (now.show === "wrong" && i >= first.length) break;
        const runA = first[i % first.length], runB = second[i % second.length];
        const a = one[5][runA], b = one[5][runB];
        if (!wanted[now.show](a, b)) continue;
        const names = now.show === "wrong" ? a[4] : [...a[4], ...b[4]];
        if (now.mistake && !names.some((name) => text(name) === now.mistake)) continue;
        found.push({ at, one, a, b, runA, runB });
      }
    });
    return found;
  }

  function disclosure(title, content) {
    const node = make("details", {}, make("summary", {}, title));
    node.addEventListener("toggle", () => {
      if (node.open && node.children.length === 1) node.append(content());
    });
    return node;
  }

  function answer(one, found, label, seed) {
    const right = found[1] === 1;
    const cell = make("td", { "data-label": label });
    cell.append(make("span", { class: "verdict " + (right ? "right" : "wrong") }, right ? form.dataset.right : form.dataset.wrong));
    if (seed !== "") cell.append(make("span", { class: "meta" }, "seed " + seed));
    cell.append(text(found[0]) ? marked(text(found[0]), text(one[4])) : make("pre", {}, form.dataset.none));
    const said = [text(found[3])];
    if (found[2] !== null && found[2] !== found[1]) said.push(found[2] ? "EM right" : "EM wrong");
    if (found[4].length) said.push("differs in " + found[4].map(text).join(", "));
    cell.append(make("p", { class: "reason" }, said.filter(Boolean).join(" · ")));
    if (found[5].length)
      cell.append(disclosure(found[5].length + (found[5].length > 1 ? " examples" : " example") + " shown", () => make("div", {}, found[5].map(text).join(", "))));
    if (found[6].length)
      cell.append(disclosure("Prompt", () => make("pre", { class: "prompt", tabindex: "0" }, found[6].map(text).join("\n"))));
    return cell;
  }

  function draw({ at, one, a, b, runA, runB }, several) {
    const link = make("a", { href: address({ case: String(at) }) }, text(one[0]) || String(at + 1));
    const meta = make("span", { class: "meta" }, link, " · " + text(one[1]) + " · " + text(one[2]));
    const row = make("tr", {}, make("th", { scope: "row" }, text(one[3]), meta));
    row.dataset.at = at;
    row.append(make("td", { "data-label": "Gold" }, make("pre", {}, text(one[4]))));
    const seed = (run, value) => (several && runsOf(value).length > 1 ? String(data.runs[run][1]) : "");
    row.append(answer(one, a, "A", seed(runA, form.elements.a.value)));
    row.append(answer(one, b, "B", seed(runB, form.elements.b.value)));
    return row;
  }

  let found = [], shown = 0;

  function showMore(count = STEP) {
    const next = found.slice(shown, shown + count);
    const several = runsOf(form.elements.a.value).length > 1 || runsOf(form.elements.b.value).length > 1;
    body.append(...next.map((one) => draw(one, several)));
    shown += next.length;
    more.hidden = shown >= found.length;
    more.textContent = "Show " + Math.min(STEP, found.length - shown) + " more of " + found.length;
  }

  // Wins and losses are those of all rows that the other filters leave, whichever of them are shown
  function told(now) {
    const pairs = select({ ...now, show: "all" });
    const wins = pairs.filter(({ a, b }) => a[1] && !b[1]).length;
    const losses = pairs.filter(({ a, b }) => !a[1] && b[1]).length;
    const noun = Math.max(runsOf(now.a).length, now.show === "wrong" ? 0 : runsOf(now.b).length) > 1 ? "answer" : "question";
    const all = found.length.toLocaleString("en") + " " + noun + (found.length === 1 ? "" : "s");
    if (!found.length) return "Nothing matches. Widen a filter.";
    return all + " shown." + (now.show === "wrong" ? "" : " A wins " + wins + ", A loses " + losses + ".") + tested(now);
  }

  // The test of the two runs over all questions that the filters of hardness, database and words leave
  function tested(now) {
    if (now.a === now.b || runsOf(now.a).length > 1 || runsOf(now.b).length > 1) return "";
    const pairs = select({ ...now, show: "all", mistake: "" });
    const wins = pairs.filter(({ a, b }) => a[1] && !b[1]).length;
    const losses = pairs.filter(({ a, b }) => !a[1] && b[1]).length;
    const p = mcnemar(wins, losses);
    return " McNemar over " + pairs.length.toLocaleString("en") + " questions: p " +
      (p < 0.001 ? "< 0.001" : "= " + p.toFixed(3)) + ", not corrected.";
  }

  function refresh() {
    const now = state();
    found = select(now);
    shown = 0;
    body.replaceChildren();
    const name = (side) => form.elements[side].selectedOptions[0].textContent;
    document.getElementById("head-a").textContent = "A: " + name("a");
    document.getElementById("head-b").textContent = "B: " + name("b");
    status.textContent = told(now);
    showMore();
  }

  function choose(name, value) {
    const field = form.elements[name];
    field.value = value;
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
  }

  function goTo(at) {
    const place = found.findIndex((one) => one.at === at);
    if (place < 0) return false;
    while (shown <= place) showMore();
    const row = body.querySelector('tr[data-at="' + at + '"]');
    row.classList.add("here");
    row.scrollIntoView({ block: "center" });
    return true;
  }

  // An address such as #a=s3&b=s0&show=wins&case=12 chooses what is shown
  function follow() {
    const hash = location.hash.slice(1);
    const asked = new URLSearchParams(hash.includes("=") ? hash : "");
    const usual = { a: form.dataset.a, b: form.dataset.b, show: "differ" };
    if (usual.a === usual.b) usual.show = "wrong";
    for (const name of fields) choose(name, asked.get(name) ?? usual[name] ?? "");
    refresh();
    if (asked.has("case") && goTo(Number(asked.get("case")))) return;
    if (hash.includes("=")) document.getElementById("cases").scrollIntoView();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    refresh();
    history.replaceState(null, "", address());
  });
  more.addEventListener("click", () => showMore());
  window.addEventListener("hashchange", () => {
    if (!location.hash || location.hash.includes("=")) follow();
  });
  form.hidden = false;
  document.getElementById("static-note").hidden = true;
  follow();
}

const packed = document.getElementById("packed");
if (packed && "DecompressionStream" in window)
  unpack(packed.textContent).then(openCases).catch((error) => {
    document.getElementById("status").textContent = "The other cases cannot be unpacked: " + error.message;
  });
