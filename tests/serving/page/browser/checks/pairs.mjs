// The page of pairs.
import { FARMS, assert, sent, texts, typeSql } from "../lib.mjs";

const GOOD = { question: FARMS, sql: "SELECT country FROM farms", db_id: "coffee_roastery", verdict: "good" };
const STALE = { question: "Which farms are new?", sql: "SELECT nme FROM farms", db_id: "coffee_roastery", verdict: "good" };
const BAKERY = { question: "Who bakes?", sql: "SELECT name FROM baker", db_id: "bakery", verdict: "bad" };

async function open({ page, context, base }, ...pairs) {
  const made = [];
  for (const pair of pairs) made.push((await (await context.request.post(`${base}/api/pairs`, { data: pair })).json()).pair);
  await page.goto(`${base}/pairs`);
  await page.waitForSelector("#pairs > li");
  return made;
}

const questions = (page) => texts(page, ".pair .example-question");

export async function pairs_are_found_by_words_state_and_database(given) {
  const { page } = given;
  await open(given, GOOD, STALE, BAKERY);
  assert.equal((await questions(page)).length, 3);
  await page.fill("#pair-query", "nme");
  await page.waitForFunction(() => document.querySelectorAll(".pair").length === 1);
  assert.deepEqual(await questions(page), [STALE.question]);
  await page.fill("#pair-query", "");
  await page.selectOption("#pair-state", "rejected");
  await page.waitForFunction(() => document.querySelector(".pair")?.innerText.includes("bakes"));
  await page.selectOption("#pair-database", "coffee_roastery");
  await page.locator("#pairs").getByText("No pair matches.").waitFor();
}

export async function a_page_without_pairs_says_how_to_get_one(given) {
  await open(given);
  await given.page.locator("#pairs").getByText("No pairs yet. Ask a question").waitFor();
}

export async function a_pair_is_edited_in_a_dialog(given) {
  const { page, state } = given;
  const [pair] = await open(given, GOOD);
  await page.getByRole("button", { name: `Edit: ${FARMS}` }).click();
  const dialog = page.getByRole("dialog", { name: "Edit the pair" });
  assert.ok(await dialog.locator("#pair-db").isDisabled());
  await dialog.locator("#pair-question").fill("Where are farms?");
  await typeSql(page, "SELECT DISTINCT country FROM farms");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const changed = { question: "Where are farms?", sql: "SELECT DISTINCT country FROM farms" };
  assert.deepEqual(await sent(state, `/api/pairs/${pair.id}`, "PATCH"), [changed]);
  await page.getByText("Where are farms?").waitFor();
}

export async function a_pair_is_added_and_a_refusal_keeps_the_dialog_open(given) {
  const { page, expect, state } = given;
  expect("422");
  await open(given);
  await page.getByRole("button", { name: "New pair" }).click();
  await page.fill("#pair-question", "Drop it");
  await typeSql(page, "DROP TABLE farms");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The SQL is not one SELECT statement.").waitFor();
  await typeSql(page, "SELECT name FROM farms");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".pair").waitFor();
  assert.equal((await state()).pairs[0].sql, "SELECT name FROM farms");
  assert.equal(await page.getByRole("dialog").count(), 0);
}

export async function retracting_asks_first(given) {
  const { page, state } = given;
  await open(given, GOOD);
  await page.getByRole("button", { name: `Retract: ${FARMS}` }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.equal((await state()).pairs.length, 1);
  await page.getByRole("button", { name: `Retract: ${FARMS}` }).click();
  await page.getByRole("button", { name: "Retract it" }).click();
  await page.getByText("Retracted.").waitFor();
  assert.equal((await state()).pairs.length, 0);
}

export async function pairs_that_fail_after_a_schema_change_are_set_aside(given) {
  const { page } = given;
  await open(given, GOOD, STALE);
  await page.getByRole("button", { name: "Check against the schema" }).click();
  await page.getByText("2 pairs were checked, 1 set aside, 0 back in use.").waitFor();
  const stale = page.locator(".pair", { hasText: STALE.question });
  await stale.getByText("set aside").waitFor();
  assert.match(await stale.innerText(), /no such column: nme/);
}

export async function a_conflict_leads_to_the_other_pair(given) {
  const { page, state } = given;
  const [first, second] = await open(given, GOOD, STALE);
  await state({ pairs: { a: { ...first, conflicts: [second.id] }, b: second } });
  await page.reload();
  await page.getByText("1 conflict").waitFor();
  await page.getByRole("link", { name: `pair ${second.id}` }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), `pair-${second.id}`);
}

export async function where_saving_is_off_pairs_can_be_read_only(given) {
  const { page, state } = given;
  await open(given, GOOD);
  await state({ may_save: false });
  await page.reload();
  await page.locator(".pair").waitFor();
  assert.equal(await page.getByRole("button", { name: /Edit|Retract|New pair/ }).count(), 0);
  await page.getByText("Saving pairs is off on this server.").waitFor();
}
