// The page's modules by themselves, inside a page.
import { assert, open } from "../lib.mjs";

/** The modules as an object inside the page; functions of the page use them by name. */
async function load(page, base, ...names) {
  await open(page, base);
  await page.evaluate(async (wanted) => {
    const folder = document.querySelector("script[type=module]").src.replace(/[^/]+$/, "");
    window.loaded = {};
    for (const name of wanted) Object.assign(window.loaded, await import(`${folder}${name}.js`));
  }, names);
}

export async function events_are_read_however_the_stream_is_cut({ page, base }) {
  await load(page, base, "sse");
  const found = await page.evaluate(() => {
    const stream = ": keep-alive\r\n\r\nevent: sql\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata: last\n\nevent: cut\ndata: never";
    const all = [];
    for (let size = 1; size <= stream.length; size += 1) {
      const feed = window.loaded.eventParser();
      const events = [];
      for (let at = 0; at < stream.length; at += size) events.push(...feed(stream.slice(at, at + size)));
      all.push(JSON.stringify(events));
    }
    return [...new Set(all)];
  });
  assert.deepEqual(found.map((one) => JSON.parse(one)), [[{ event: "sql", data: '{"a":\n1}' }, { event: "message", data: "last" }]]);
}

export async function a_chart_is_chosen_where_it_says_something({ page, base }) {
  await load(page, base, "chart");
  const cases = [
    ["bar", ["country", "farms"], [["Kenya", 2], ["Peru", 3]]],
    ["bar", ["id", "name", "price"], [[1, "a", 2.5], [2, "b", null]]],
    ["bar", ["year", "harvest"], [[2001, 3], [2002, 4]]],
    ["line", ["month", "kg"], [["2024-01", 3], ["2024-02", 4], ["2024-03", 1]]],
    ["line", ["day", "kg"], [["2024-01-05", 3], ["2024-01-01", 4], ["2024-01-03", 1]]],
    ["line", ["founded_year", "n"], [[2001, 3], [2003, 4], [2002, 1]]],
    ["line", ["altitude", "n"], [[1, 3], [2, 4], [3, 4], [4, 4], [5, 9]]],
    [null, ["count"], [[12], [13]]],
    [null, ["country", "farms"], [["Kenya", 2]]],
    [null, ["name", "city"], [["a", "b"], ["c", "d"]]],
    [null, ["country", "farms"], [["Kenya", 2], ["Kenya", 3]]],
    [null, ["name", "farm_id"], [["a", 1], ["b", 2]]],
    [null, ["name", "raw"], [["a", { bytes: "AA==" }], ["b", { bytes: "AA==" }]]],
  ];
  const kinds = await page.evaluate((all) => all.map(([, columns, rows]) => window.loaded.findChart(columns, rows)?.kind ?? null), cases);
  assert.deepEqual(kinds, cases.map(([kind]) => kind));
}

export async function ticks_span_the_values_in_round_steps({ page, base }) {
  await load(page, base, "chart");
  const found = await page.evaluate(() => [window.loaded.ticks(0, 94.5, 4), window.loaded.ticks(-3, 3, 4), window.loaded.ticks(5, 5, 4)]);
  assert.deepEqual(found[0], [0, 50, 100]);
  assert.deepEqual(found[1], [-4, -2, 0, 2, 4]);
  assert.ok(found[2][0] <= 5 && found[2].at(-1) >= 5 && found[2].length < 8);
}

export async function rows_are_ordered_as_numbers_or_as_words_with_null_last({ page, base }) {
  await load(page, base, "cells");
  const found = await page.evaluate(() => {
    const { sortRows } = window.loaded;
    const rows = [[10, "b10"], [null, "B9"], [9, null], ["9007199254740993", "a"]];
    return [sortRows(rows, 0, false), sortRows(rows, 0, true), sortRows(rows, 1, false)].map((one) => one.map((row) => row.join("|")));
  });
  assert.deepEqual(found[0], ["9|", "10|b10", "9007199254740993|a", "|B9"]);
  assert.deepEqual(found[1], ["9007199254740993|a", "10|b10", "9|", "|B9"]);
  assert.deepEqual(found[2], ["9007199254740993|a", "|B9", "10|b10", "9|"]);
}

export async function csv_quotes_what_must_be_quoted_and_nothing_else({ page, base }) {
  await load(page, base, "cells");
  const text = await page.evaluate(() => window.loaded.toCsv(["a", 'say "b"'], [[1, "x,y"], [null, "two\nlines"], [0.1, { bytes: "AP8Q" }], [true, " edge"]]));
  assert.equal(text, 'a,"say ""b"""\r\n1,"x,y"\r\n,"two\nlines"\r\n0.1,AP8Q\r\ntrue," edge"\r\n');
}
