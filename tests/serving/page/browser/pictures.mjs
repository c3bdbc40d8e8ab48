// Takes the pictures of the documents: node pictures.mjs BASE CHROMIUM FOLDER (see tools/draw_page.py).
import { chromium } from "playwright-core";
import { ask, open } from "./lib.mjs";

const [base, executablePath, folder] = process.argv.slice(2);
const QUESTION = "How many farms are there in each country?";
const browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });

async function take(name, width, height, colorScheme, show) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await show(page);
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${folder}/page-${name}.png` });
  await context.close();
}

async function answered(page) {
  await open(page, base);
  await page.fill("#shots", "2");
  await ask(page, base, QUESTION);
  await page.waitForSelector(".canvas svg");
}

await take("light", 1280, 800, "light", answered);
await take("dark", 1280, 800, "dark", answered);
await take("phone", 360, 740, "light", answered);
await take("schema", 1280, 800, "light", async (page) => {
  await open(page, base, "/schema/coffee_roastery");
  await page.waitForSelector(".table-card");
});
await browser.close();
