// Asking: the box, the stages, errors, follow-ups, links, history, keys.
import { FARMS, ask, assert, open, sent, texts } from "../lib.mjs";

export async function enter_asks_and_shift_enter_starts_a_new_line({ page, base, state }) {
  await open(page, base);
  assert.equal(await page.evaluate(() => document.activeElement.id), "question");
  await page.keyboard.type("two");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("lines");
  assert.deepEqual(await sent(state, "/api/ask"), []);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#follow-up");
  const [body] = await sent(state, "/api/ask");
  assert.deepEqual(body, { question: "two\nlines", db_id: "coffee_roastery", history: [], stand_alone: false });
}

export async function what_led_to_the_answer_is_shown({ page, base, state }) {
  await ask(page, base, FARMS);
  assert.deepEqual(await texts(page, ".stages .fact"), ["3 found", "412 tokens", "written", "4 rows"]);
  const first = await page.locator(".examples li").first().innerText();
  for (const part of ["Which cities have at least three customers?", "score 0.91", "verified", "rank 1 of the masked"]) {
    assert.ok(first.includes(part), part);
  }
  assert.deepEqual(await texts(page, ".chips li"), ["farms", "beans", "roasts"]);
  assert.deepEqual(await texts(page, ".side details summary"), ["1 example", "1 table", "2 columns", "412 tokens"]);
  await page.getByText("2 columns", { exact: true }).click();
  assert.ok(await page.getByText("farms.owner, farms.altitude_m").isVisible());
  await page.getByText("1 example", { exact: true }).click();
  assert.ok(await page.locator(".names", { hasText: "Which regions of mountain huts" }).isVisible());
  assert.ok((await page.locator(".times").innerText()).includes("generate"));
  assert.ok((await page.locator(".confidence").innerText()).includes("87 %"));
  const { requests } = await state();
  assert.equal(requests[0]["x-nshot"], "page");
}

export async function a_number_of_examples_is_sent({ page, base, state }) {
  await open(page, base);
  await page.fill("#shots", "5");
  await ask(page, base, FARMS);
  assert.equal((await sent(state, "/api/ask"))[0].shots, 5);
}

export async function cancelling_stops_the_server_and_is_said({ page, base, state }) {
  await ask(page, base, "slow", ".stages [data-state=running]");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled.").waitFor();
  for (let tries = 0; (await state()).cancelled === 0 && tries < 40; tries += 1) await page.waitForTimeout(50);
  assert.equal((await state()).cancelled, 1);
  assert.ok(await page.getByRole("button", { name: "Ask", exact: true }).isEnabled());
  assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
}

export async function an_error_is_said_in_words_and_can_be_tried_again({ page, base, expect }) {
  expect("429");
  await ask(page, base, "broken", ".problem [role=alert]");
  assert.match(await page.locator(".problem").innerText(), /The prompt has 9000 tokens, the model reads 8192\./);
  await ask(page, base, "busy now", ".problem [role=alert]");
  assert.match(await page.locator(".problem").innerText(), /The server is busy; try again in 3 s\./);
  await ask(page, base, "abrupt", ".problem [role=alert]");
  assert.match(await page.locator(".problem").innerText(), /The connection ended before the answer was complete/);
  await page.getByRole("button", { name: "Ask again" }).click();
  await page.waitForSelector(".problem [role=alert]");
}

export async function a_server_that_is_gone_is_said({ page, base, expect }) {
  expect("Failed to load resource", "ERR_FAILED");
  await open(page, base);
  await page.route("**/api/ask", (route) => route.abort("failed"));
  await ask(page, base, FARMS, ".problem [role=alert]");
  assert.match(await page.locator(".problem").innerText(), /Is `nshot serve` still running/);
}

export async function a_follow_up_sends_the_history_and_can_be_put_differently({ page, base, state }) {
  await ask(page, base, FARMS);
  await page.fill("#follow-up-question", "only those in Africa");
  await page.press("#follow-up-question", "Enter");
  await page.waitForSelector(".understood");
  await page.waitForSelector("#follow-up");
  const [first, second] = await sent(state, "/api/ask");
  assert.equal(first.question, FARMS);
  assert.equal(second.question, "only those in Africa");
  assert.equal(second.history.length, 1);
  assert.equal(second.history[0].question, FARMS);
  assert.match(second.history[0].sql, /^SELECT country, count/);
  assert.equal(await page.locator(".understood q").innerText(), "Which countries in Africa have at least two farms?");
  assert.deepEqual(await texts(page, "#earlier summary"), [FARMS]);
  await page.getByRole("button", { name: "Edit the question as understood" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#follow-up");
  const third = (await sent(state, "/api/ask"))[2];
  assert.equal(third.question, "Which countries in Africa have at least two farms?!");
  assert.equal(third.stand_alone, true);
}

export async function a_new_question_begins_without_history({ page, base, state }) {
  await ask(page, base, FARMS);
  await page.fill("#follow-up-question", "and in Kenya?");
  await page.press("#follow-up-question", "Enter");
  await page.waitForSelector("#earlier:not([hidden])");
  await page.waitForSelector("#follow-up");
  await page.getByRole("button", { name: "New question" }).click();
  assert.ok(await page.locator("#answer").isHidden());
  await ask(page, base, FARMS);
  assert.deepEqual((await sent(state, "/api/ask"))[2].history, []);
}

export async function the_link_of_an_answer_opens_it_with_fresh_rows({ page, context, base, state }) {
  await ask(page, base, FARMS);
  assert.match(page.url(), /\/a\/ans-\d+$/);
  await page.getByRole("button", { name: "Copy link" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForSelector("#follow-up");
  assert.equal((await texts(other, ".rows tbody tr")).length, 4);
  assert.equal(await other.locator("#answer h2").innerText(), FARMS);
  assert.deepEqual(await texts(other, ".stages .fact"), ["3 found", "412 tokens", "written", "4 rows"]);
  assert.equal((await sent(state, "/api/ask")).length, 1);
  assert.equal((await sent(state, "/api/run")).length, 1);
}

export async function an_answer_that_is_gone_can_be_asked_again({ page, base, expect }) {
  expect("404");
  await ask(page, base, FARMS);
  await page.evaluate(() => localStorage.setItem("nshot.history", localStorage.getItem("nshot.history").replace(/ans-\d+/, "old")));
  await page.goto(`${base}/a/old`);
  await page.getByText("The server no longer has this answer").waitFor();
  await page.getByRole("button", { name: "Ask it again" }).click();
  await page.waitForSelector("#follow-up");
  assert.equal(await page.locator("#answer h2").innerText(), FARMS);
}

export async function the_history_stays_in_this_browser_until_it_is_cleared({ page, base }) {
  await ask(page, base, FARMS);
  await open(page, base);
  await ask(page, base, "Another question");
  await open(page, base);
  await ask(page, base, FARMS);
  await open(page, base);
  assert.deepEqual(await texts(page, "#history a"), [FARMS, "Another question"]);
  const kept = await page.evaluate(() => localStorage.getItem("nshot.history"));
  assert.ok(!kept.includes("Guatemala"), "rows are not kept");
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.locator("#history a").count(), 0);
  assert.equal(await page.evaluate(() => localStorage.getItem("nshot.history")), null);
}

export async function a_key_is_asked_for_kept_for_the_tab_and_sent({ page, base, state, expect }) {
  expect("401");
  await state({ key: "canary-key" });
  await page.goto(base);
  await page.fill("#api-key", "wrong");
  await page.keyboard.press("Enter");
  await page.getByText("does not accept this API key").waitFor();
  await page.fill("#api-key", "canary-key");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#database:not([disabled])");
  await ask(page, base, FARMS);
  const { requests } = await state();
  assert.equal(requests.at(-1).authorization, "Bearer canary-key");
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes("canary"));
  assert.ok(!page.url().includes("canary"));
}

export async function the_page_waits_for_a_server_that_loads_its_model({ page, base, state, expect }) {
  expect("503");
  await state({ loading: 2 });
  await page.goto(base);
  await page.getByText("The model is being loaded").waitFor();
  await page.getByText("The model is being loaded").waitFor({ state: "detached" });
  await ask(page, base, FARMS);
}

export async function text_of_a_server_never_becomes_markup({ page, base }) {
  page.on("dialog", () => assert.fail("a script ran"));
  await ask(page, base, "<img src=x onerror=alert(1)>");
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.equal(await page.locator("#answer h2").innerText(), "<img src=x onerror=alert(1)>");
  assert.deepEqual(await texts(page, ".rows td"), ["<script>alert(1)</script>"]);
  assert.deepEqual(await texts(page, ".rows th"), ["<b>html</b>"]);
}

export async function the_database_that_is_picked_is_asked_and_remembered({ page, base, state }) {
  await open(page, base);
  await page.selectOption("#database", "bakery");
  await page.getByText("What bakery holds").waitFor();
  await ask(page, base, "Anything");
  assert.equal((await sent(state, "/api/ask"))[0].db_id, "bakery");
  await open(page, base, "/");
  assert.equal(await page.inputValue("#database"), "bakery");
  assert.match(await page.getByRole("link", { name: "Schema" }).getAttribute("href"), /\/schema\/bakery$/);
}
