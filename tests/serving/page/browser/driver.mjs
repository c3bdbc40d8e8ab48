// Runs checks in headless Chromium: node driver.mjs BASE CHROMIUM. Reads names of checks from stdin, a line
// each, and writes a line of JSON for each: {"check", "error"}. A check fails also when the page logs an
// error, breaks its own content security policy, or asks another host.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import * as access from "./checks/access.mjs";
import * as answer from "./checks/answer.mjs";
import * as ask from "./checks/ask.mjs";
import * as modules from "./checks/modules.mjs";
import * as pairs from "./checks/pairs.mjs";
import * as schema from "./checks/schema.mjs";

const [base, executablePath] = process.argv.slice(2);
const checks = { ...access, ...answer, ...ask, ...modules, ...pairs, ...schema };
const SWITCHES = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const RESET = { key: "", loading: 0, may_save: true, requests: [], cancelled: 0, pairs: {} };

/** A page that notes what must not happen. `expected` are parts of messages that a check provokes. */
async function watched(context, faults, expected) {
  const page = await context.newPage();
  const note = (text) => expected.some((part) => text.includes(part)) || faults.push(text);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && note(`console: ${message.text()}`));
  page.on("pageerror", (error) => note(`exception: ${error.message}`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== base && protocol !== "blob:") note(`foreign request: ${request.url()}`);
  });
  return page;
}

async function run(context, name) {
  const faults = [];
  const expected = [];
  const state = async (fields) => {
    const answer = fields ? await context.request.post(`${base}/test/state`, { data: fields }) : await context.request.get(`${base}/test/state`);
    return answer.json();
  };
  try {
    await state(RESET);
    const page = await watched(context, faults, expected);
    await checks[name]({ page, context, base, state, expect: (...parts) => expected.push(...parts) });
    await page.evaluate(() => localStorage.clear());
    return faults.length ? faults.join("\n") : null;
  } catch (error) {
    return [error.stack ?? String(error), ...faults].join("\n");
  } finally {
    for (const page of context.pages()) await page.close();
  }
}

const browser = await chromium.launch({ executablePath, args: SWITCHES });
// One context for all: its caches save most of the time. Storage is emptied, and pages are closed, after each.
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
context.setDefaultTimeout(10_000);
await context.grantPermissions(["clipboard-read", "clipboard-write"]);
for await (const name of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ check: name, error: await run(context, name) }));
}
await browser.close();
