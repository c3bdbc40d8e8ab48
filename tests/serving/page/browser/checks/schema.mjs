// The schema browser.
import { FARMS, ask, assert, open, texts } from "../lib.mjs";

export async function tables_show_keys_and_sample_values({ page, base }) {
  await open(page, base, "/schema/coffee_roastery");
  const beans = page.getByRole("region", { name: "Table beans", exact: true });
  await beans.waitFor();
  assert.match(await beans.getByRole("row", { name: /^bean_id/ }).innerText(), /integer\s+primary key\s+1/);
  assert.match(await beans.getByRole("row", { name: /^farm_id/ }).innerText(), /→ farms\.farm_id/);
  assert.match(await beans.getByRole("row", { name: /^process/ }).innerText(), /washed/);
  assert.match(await beans.innerText(), /Referred to by\s+roasts\.bean_id, order_items\.bean_id/);
  assert.match(await page.locator("#left-out").innerText(), /old_prices\.amount: a column of type MONEY/);
}

export async function a_table_is_found_by_the_name_of_a_column({ page, base }) {
  await open(page, base, "/schema/coffee_roastery");
  await page.waitForSelector(".table-card");
  await page.fill("#table-filter", "CUPPING");
  assert.deepEqual(await texts(page, "#table-list li:visible a"), ["roasts\n7"]);
  assert.deepEqual(await texts(page, ".table-card:visible h2"), ["roasts"]);
}

export async function a_table_of_an_answer_leads_to_its_place_in_the_schema({ page, base }) {
  await ask(page, base, FARMS);
  await page.locator(".chips a", { hasText: "roasts" }).click();
  await page.waitForURL("**/schema/coffee_roastery#roasts");
  const card = page.locator("#roasts");
  await card.waitFor();
  await page.waitForFunction(() => Math.abs(document.getElementById("roasts").getBoundingClientRect().top) < 200);
}

export async function another_database_is_one_choice_away_and_an_unknown_one_is_said({ page, base, expect }) {
  expect("404");
  await open(page, base, "/schema/coffee_roastery");
  await page.selectOption("#database", "chess_club");
  await page.waitForURL("**/schema/chess_club");
  await page.getByRole("heading", { name: "chess_club" }).waitFor();
  await page.goto(`${base}/schema/nothing`);
  await page.getByText("There is no database nothing.").waitFor();
}
