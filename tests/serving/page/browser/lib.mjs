// What checks share.
import assert from "node:assert/strict";

export { assert };

export const FARMS = "Which countries have at least two farms?";
export const MONTHS = "How many kilograms did we roast in each month?";

/** Opens the page to ask on, asks, and waits for the whole answer, or for `until`. */
export async function ask(page, base, question, until = "#follow-up") {
  if (!page.url().startsWith(base)) await open(page, base);
  await page.fill("#question", question);
  await page.press("#question", "Enter");
  await page.waitForSelector(until);
}

export async function open(page, base, path = "/") {
  await page.goto(base + path);
  await page.waitForSelector(path.startsWith("/a/") ? "#answer:not([hidden])" : "#database:not([disabled])");
}

export const texts = (page, selector) => page.locator(selector).allInnerTexts();
export const sqlOf = (page) => page.locator(".sql-area").first().inputValue();

/** Types SQL into the editor of the answer, in place of what stands there. */
export async function typeSql(page, sql) {
  const content = page.locator("[data-sql]").first();
  await content.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(sql);
}

/** The bodies that one path was sent. */
export async function sent(state, path, method = "POST") {
  const { requests } = await state();
  return requests.filter((one) => one.path === path && one.method === method).map((one) => one.body);
}

/** Runs a function inside the page with one of its own modules. */
export async function withModule(page, name, run, argument) {
  const folder = await page.evaluate(() => document.querySelector("script[type=module]").src.replace(/[^/]+$/, ""));
  return page.evaluate(
    async ([address, source, value]) => {
      const module = await import(address);
      return new Function("module", "value", `return (${source})(module, value)`)(module, value);
    },
    [`${folder}${name}.js`, run.toString(), argument],
  );
}
