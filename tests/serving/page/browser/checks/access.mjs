// For everyone: axe, keyboard alone, a phone's width, both colour schemes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { FARMS, MONTHS, ask, assert, open, sent, texts } from "../lib.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The violations that axe finds on the page as it stands. */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.html.slice(0, 120)}`).join("; ")}`);
}

const PAIR = { question: FARMS, sql: "SELECT nme FROM farms", db_id: "coffee_roastery", verdict: "good" };

/** The pages in the states that differ most. */
async function* visit(page, context, base) {
  await open(page, base);
  await page.waitForSelector(".cards");
  yield "start";
  await ask(page, base, MONTHS);
  await page.getByText("2 other candidates").click();
  await page.getByText("412 tokens").last().click();
  await page.waitForSelector(".canvas svg");
  yield "answer";
  await page.fill("#follow-up-question", "only in Africa");
  await page.press("#follow-up-question", "Enter");
  await page.waitForSelector(".understood");
  await page.waitForSelector("#follow-up");
  yield "follow-up";
  await ask(page, base, "A wide result");
  yield "fifty columns";
  await ask(page, base, "A long value");
  yield "long value";
  await ask(page, base, "Bad SQL");
  yield "bad SQL";
  await open(page, base, "/schema/coffee_roastery");
  await page.waitForSelector(".table-card");
  yield "schema";
  await context.request.post(`${base}/api/pairs`, { data: PAIR });
  await page.goto(`${base}/pairs`);
  await page.waitForSelector(".pair");
  await page.getByRole("button", { name: "Check against the schema" }).click();
  await page.locator("#pairs-message").getByText("1 set aside").waitFor();
  yield "pairs";
  await page.getByRole("button", { name: /^Edit/ }).click();
  yield "edit a pair";
}

async function without_violations(width, scheme, looked, { page, context, base }) {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  const found = [];
  for await (const name of visit(page, context, base)) {
    if (looked.includes(name)) found.push(...(await violations(page)).map((one) => `${name}: ${one}`));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) found.push(`${name}: ${over} px of sideways scroll`);
  }
  assert.deepEqual(found, []);
}

export async function axe_finds_nothing_at_1280_px_in_light_colours(given) {
  await without_violations(1280, "light", ["start", "answer", "follow-up", "bad SQL", "schema", "pairs", "edit a pair"], given);
}

export async function axe_finds_nothing_at_360_px_in_dark_colours(given) {
  await without_violations(360, "dark", ["answer", "long value", "bad SQL", "schema", "pairs"], given);
}

/** Presses Tab until the focus is on what `wanted` matches; the texts of all that had it on the way. */
async function tabTo(page, wanted, most = 60) {
  const seen = [];
  for (let at = 0; at < most; at += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      let element = document.activeElement;
      const host = element;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      const name = element.getAttribute("aria-label") ?? element.innerText ?? element.id;
      const style = getComputedStyle(host);
      const marked = style.outlineStyle !== "none" || host !== element || host.matches("textarea");
      return { name: name || element.id, marked };
    });
    seen.push(focus.name);
    assert.ok(focus.marked, `no visible focus on ${focus.name}`);
    if (wanted.test(focus.name)) return seen;
  }
  return assert.fail(`never reached ${wanted}: ${seen.join(" | ")}`);
}

export async function everything_is_done_by_keyboard_alone({ page, base, state }) {
  await open(page, base);
  assert.equal(await page.evaluate(() => document.activeElement.id), "question");
  await page.locator(".skip").focus();
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await tabTo(page, /^question$/, 3);
  await page.keyboard.type(FARMS);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#follow-up");
  await tabTo(page, /^SQL of the answer/);
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" LIMIT 1");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => document.querySelectorAll(".rows tbody tr").length === 1);
  await tabTo(page, /other candidate/, 3);
  await tabTo(page, /^country/);
  await page.keyboard.press("Enter");
  await tabTo(page, /Yes, save the pair/);
  await page.keyboard.press("Enter");
  await page.getByText("Saved as a verified pair.").waitFor();
  assert.match((await sent(state, "/api/pairs"))[0].sql, / LIMIT 1$/);
  await tabTo(page, /^follow-up-question$/);
  await page.keyboard.type("only in Africa");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".understood");
  assert.equal(await page.evaluate(() => document.activeElement.id), "answer");
}

export async function the_focus_leaves_the_page_at_its_end({ page, base }) {
  await ask(page, base, FARMS);
  const seen = new Set();
  for (let at = 0; at < 80; at += 1) {
    await page.keyboard.press("Tab");
    const tag = await page.evaluate(() => document.activeElement.tagName);
    if (tag === "BODY") return;
    seen.add(tag);
  }
  assert.fail(`a trap: ${[...seen]}`);
}

export async function a_screen_reader_is_told_what_happens({ page, base }) {
  await open(page, base);
  await page.evaluate(() => {
    window.said = [];
    const region = document.querySelector("[role=status]");
    new MutationObserver(() => window.said.push(region.textContent)).observe(region, { childList: true });
  });
  await ask(page, base, FARMS);
  const said = await page.evaluate(() => window.said);
  assert.deepEqual(said, ["Looking for examples", "Building the prompt", "Writing the SQL", "Running the SQL", "4 rows"]);
}

export async function both_colour_schemes_are_followed({ page, base }) {
  const colours = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await open(page, base);
    colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.deepEqual(colours, ["rgb(247, 247, 245)", "rgb(18, 20, 23)"]);
}

export async function a_chart_fits_a_phone({ page, base }) {
  await page.setViewportSize({ width: 360, height: 740 });
  await ask(page, base, MONTHS, ".line-mark");
  const width = await page.locator(".canvas svg").evaluate((one) => one.getBoundingClientRect().width);
  assert.ok(width > 240 && width <= 332, `${width}`);
  assert.ok((await texts(page, ".rows tbody tr")).length === 5);
}
