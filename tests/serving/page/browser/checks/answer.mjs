// An answer: its SQL, its rows, its chart, and the verdict on it.
import { readFile } from "node:fs/promises";
import { FARMS, MONTHS, ask, assert, open, sent, sqlOf, texts, typeSql } from "../lib.mjs";

const FEWER = "SELECT country FROM farms WHERE country = 'Kenya'";

export async function edited_sql_runs_again_and_the_edits_can_be_undone({ page, base, state }) {
  await ask(page, base, FARMS);
  const written = await sqlOf(page);
  await typeSql(page, FEWER);
  await page.keyboard.press("Control+Enter");
  await page.locator(".rows td", { hasText: "Kenya" }).first().waitFor();
  assert.deepEqual(await sent(state, "/api/run"), [{ sql: FEWER, db_id: "coffee_roastery" }]);
  assert.ok(await page.getByText("edited", { exact: true }).isVisible());
  await page.getByRole("button", { name: "Undo the edits" }).click();
  assert.equal(await sqlOf(page), written);
  assert.ok(await page.getByText("edited", { exact: true }).isHidden());
  await page.getByRole("button", { name: "Run again" }).click();
  await page.locator(".rows td", { hasText: "Guatemala" }).waitFor();
}

export async function sql_that_cannot_run_says_why({ page, base, expect }) {
  expect("400");
  await ask(page, base, "Bad SQL");
  assert.match(await page.locator(".problem").innerText(), /The database could not run the SQL\.\s+no such column: nme/);
  await typeSql(page, "DROP TABLE farms");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Only one statement that reads is allowed").waitFor();
  await ask(page, base, "Writing SQL");
  assert.match(await page.locator(".problem").innerText(), /Only one statement that reads is allowed/);
}

export async function another_candidate_of_the_beam_can_be_taken({ page, base, expect }) {
  expect("400");
  await ask(page, base, FARMS);
  await page.getByText("2 other candidates").click();
  assert.match(await page.locator(".alternatives li").nth(1).innerText(), /SELECT land FROM farms\s+error\s+log-probability -4.80\s+no such column: land/);
  await page.getByRole("button", { name: "Use this" }).first().click();
  await page.getByText("12 rows").first().waitFor();
  assert.equal(await sqlOf(page), "SELECT country FROM farms");
}

export async function rows_are_sorted_by_a_column_in_turn_up_down_and_as_they_came({ page, base }) {
  await ask(page, base, "Show all customers.");
  const name = page.locator(".sort").first();
  const first = async () => (await texts(page, ".rows tbody tr td:first-child"))[0];
  const came = await first();
  await name.click();
  assert.equal(await first(), "Ana Beltrán");
  assert.equal(await page.getByRole("columnheader", { name: "name" }).getAttribute("aria-sort"), "ascending");
  await name.press("Enter");
  assert.equal(await page.getByRole("columnheader", { name: "name" }).getAttribute("aria-sort"), "descending");
  assert.notEqual(await first(), "Ana Beltrán");
  await name.press("Enter");
  assert.equal(await first(), came);
}

export async function rows_are_downloaded_as_csv({ page, base }) {
  await ask(page, base, FARMS);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the rows as CSV" }).click()]);
  assert.match(download.suggestedFilename(), /^coffee_roastery-ans-\d+\.csv$/);
  const text = await readFile(await download.path(), "utf8");
  assert.equal(text, "country,farms\r\nGuatemala,2\r\nEthiopia,2\r\nColombia,2\r\nBrazil,2\r\n");
}

export async function many_rows_are_shown_in_steps_and_null_is_told_from_text({ page, base }) {
  await ask(page, base, "Many rows");
  assert.equal(await page.locator(".rows tbody tr").count(), 200);
  await page.getByRole("button", { name: "Show 200 more of 300 rows below" }).click();
  await page.getByRole("button", { name: "Show 100 more of 100 rows below" }).click();
  assert.equal(await page.locator(".rows tbody tr").count(), 500);
  assert.equal(await page.locator(".rows td.null").count(), 71);
  assert.equal(await page.locator(".rows td.number").first().evaluate((cell) => getComputedStyle(cell).textAlign), "right");
}

export async function a_long_value_is_folded_and_bytes_are_counted({ page, base }) {
  await ask(page, base, "A long value");
  assert.deepEqual((await texts(page, ".rows td")).map((text) => text.length < 200), [true, true, true]);
  assert.equal((await texts(page, ".rows td"))[2], "3 bytes");
  await page.getByRole("button", { name: /more$/ }).click();
  assert.equal((await texts(page, ".rows td"))[1].length, 600);
}

export async function labels_with_numbers_become_bars_and_months_a_line({ page, base }) {
  await ask(page, base, FARMS);
  await page.waitForSelector(".canvas svg");
  assert.equal(await page.locator(".bar-mark").count(), 4);
  const bars = page.getByRole("img", { name: "farms by country" });
  assert.equal(await bars.locator("> desc").textContent(), "Guatemala: 2; Ethiopia: 2; Colombia: 2; Brazil: 2");
  await ask(page, base, MONTHS, ".line-mark");
  const line = page.getByRole("img", { name: "roasted_kg along month" });
  assert.match(await line.locator("> desc").textContent(), /^2024-01: 94.5; /);
  assert.equal(await page.locator(".dot").count(), 5);
  assert.equal(await page.locator(".rows tbody tr").count(), 5);
}

export async function a_result_without_rows_is_no_error({ page, base }) {
  await ask(page, base, "No rows, please.");
  assert.ok(await page.getByText("The SQL ran and found no rows.").isVisible());
  assert.equal(await page.locator("[role=alert]").count(), 0);
}

export async function thumbs_up_saves_the_pair_as_finally_edited({ page, base, state }) {
  await ask(page, base, FARMS);
  await typeSql(page, FEWER);
  await page.getByRole("button", { name: "Yes, save the pair" }).click();
  await page.getByText("Saved as a verified pair.").waitFor();
  const [body] = await sent(state, "/api/pairs");
  assert.match(body.answer_id, /^ans-\d+$/);
  delete body.answer_id;
  assert.deepEqual(body, { question: FARMS, sql: FEWER, db_id: "coffee_roastery", verdict: "good" });
  await ask(page, base, FARMS);
  assert.ok(await page.getByText("verified answer").isVisible());
  assert.equal(await sqlOf(page), FEWER);
  assert.equal(await page.locator(".confidence").count(), 0);
}

export async function a_saved_pair_can_be_taken_back({ page, base, state }) {
  await ask(page, base, FARMS);
  await page.getByRole("button", { name: "Yes, save the pair" }).click();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.getByText("Taken back.").waitFor();
  assert.deepEqual((await state()).pairs, []);
  assert.ok(await page.getByRole("button", { name: "Yes, save the pair" }).isEnabled());
}

export async function thumbs_down_keeps_the_pair_out({ page, base, state }) {
  await ask(page, base, FARMS);
  await page.getByRole("button", { name: "No, keep it out of the examples" }).click();
  await page.getByText("will not be shown as an example").waitFor();
  assert.equal((await sent(state, "/api/pairs"))[0].verdict, "bad");
  assert.equal((await state()).pairs[0].state, "rejected");
}

export async function a_conflict_shows_both_and_replaces_only_when_told_to({ page, base, context, state, expect }) {
  expect("409");
  const other = { question: MONTHS, sql: "SELECT 1", db_id: "coffee_roastery", verdict: "good" };
  await ask(page, base, MONTHS);
  await context.request.post(`${base}/api/pairs`, { data: other });
  const save = () => page.getByRole("button", { name: "Yes, save the pair" }).click();
  await save();
  const dialog = page.getByRole("dialog", { name: "This question has other SQL already" });
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /SELECT 1[^]*SELECT substr/);
  await page.keyboard.press("Escape");
  await page.getByText("Nothing was saved").waitFor();
  assert.equal((await state()).pairs[0].sql, "SELECT 1");
  await save();
  await dialog.getByRole("button", { name: "Replace it with yours" }).click();
  await page.getByText("Saved as a verified pair.").waitFor();
  const { pairs } = await state();
  assert.deepEqual(pairs.map((one) => one.sql.slice(0, 13)), ["SELECT substr"]);
}

export async function a_pair_that_the_gate_refuses_is_said({ page, base, expect }) {
  expect("422");
  await ask(page, base, "Writing SQL");
  await page.getByRole("button", { name: "Yes, save the pair" }).click();
  await page.getByText("The SQL is not one SELECT statement.").waitFor();
}

export async function without_permission_to_save_no_thumbs_are_shown({ page, base, state }) {
  await state({ may_save: false });
  await ask(page, base, FARMS);
  assert.equal(await page.locator(".verdict").count(), 0);
  assert.match(await page.locator("#about").innerText(), /saving pairs is off/);
}

export async function the_prompt_is_copied({ page, base }) {
  await ask(page, base, FARMS);
  await page.getByText("412 tokens").last().click();
  const shown = await page.locator("pre.prompt").innerText();
  await page.getByRole("button", { name: "Copy the prompt" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^You write SQL\.[^]*question: Which countries/);
  assert.equal(copied.trim(), shown.trim());
}

export async function the_editor_colours_sql_and_knows_the_schema({ page, base }) {
  await ask(page, base, FARMS);
  await page.waitForSelector(".cm-content .tok-keyword");
  assert.ok(await page.locator(".examples .tok-keyword").count());
  const colour = (selector) => page.locator(selector).first().evaluate((one) => getComputedStyle(one).color);
  assert.notEqual(await colour(".cm-content .tok-keyword"), await colour(".cm-content"));
  await typeSql(page, "");
  await page.keyboard.type("SELECT * FROM order_i");
  await page.locator(".cm-tooltip-autocomplete", { hasText: "order_items" }).waitFor();
}

export async function without_the_bundle_the_sql_is_edited_in_a_plain_text_area({ page, base, expect }) {
  expect("Failed to load resource", "ERR_FAILED");
  await open(page, base);
  await page.route("**/vendor/editor.js", (route) => route.abort("failed"));
  await page.reload();
  await ask(page, base, FARMS);
  assert.ok(await page.locator(".sql-area").isVisible());
  await page.fill(".sql-area", FEWER);
  await page.press(".sql-area", "Control+Enter");
  await page.locator(".rows td", { hasText: "Kenya" }).first().waitFor();
}
