import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, pick } from "#test/oracle/random.ts";
import { parseRetryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const HOUR = 3_600_000;

const CASES: [text: string | undefined, ms: number | undefined][] = [
  [undefined, undefined],
  ["", undefined],
  ["soon", undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["1.5", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["0", 0],
  ["7", 7000],
  [" 120 ", 120_000],
  ["3600", HOUR],
  ["31536000", HOUR],
  ["9".repeat(40), HOUR],
  ["9".repeat(400), undefined],
  ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
  ["Thursday, 01-Jan-26 12:00:30 GMT", 30_000],
  ["Thu Jan  1 12:00:30 2026", 30_000],
  ["Thu Jan 1 12:00:30 2026", 30_000],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
  ["Sun Nov  6 08:49:37 1994", 0],
  ["Fri, 31 Dec 9999 23:59:60 GMT", HOUR],
  ["Thu, 01 Jan 2026 12:00:30 CET", undefined],
  ["Thu, 01 Jan 2026 24:00:30 GMT", undefined],
  ["Thu, 31 Feb 2026 12:00:30 GMT", undefined],
  ["Thu, 1 Jan 2026 12:00:30 GMT", undefined],
  ["Xyz, 01 Jan 2026 12:00:30 GMT", undefined],
  ["Thu, 01 Jan 2026 12:00 GMT", undefined],
  ["2026-01-01T12:00:30Z", undefined],
];

for (const [text, ms] of CASES) {
  test(`Retry-After ${JSON.stringify(text)?.slice(0, 60)} is ${ms ?? "nothing to go by"}`, () => {
    assert.equal(parseRetryAfterMs(text, NOW), ms);
  });
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The same moment in the three forms. */
function forms(date: Date): string[] {
  const fixed = date.toUTCString();
  const [day = "", dayOfMonth = "", month = "", year = "", time = ""] = fixed.split(" ");
  const long = DAYS[date.getUTCDay()] as string;
  return [
    fixed,
    `${long}, ${dayOfMonth}-${month}-${year.slice(2)} ${time} GMT`,
    `${day.slice(0, 3)} ${month} ${String(Number(dayOfMonth)).padStart(2)} ${time} ${year}`,
  ];
}

test("every second of the next hour is understood in all three forms, whatever the time is", () => {
  const random = createRandom(1);
  for (let n = 0; n < 500; n++) {
    const nowMs = Math.floor(random() * 4e9) * 1000;
    const waitMs = Math.floor(random() * 3600) * 1000;
    for (const text of forms(new Date(nowMs + waitMs))) assert.equal(parseRetryAfterMs(text, nowMs), waitMs, text);
  }
});

test("no text, however broken, gives anything but a wait of at most an hour, or nothing", () => {
  const random = createRandom(2);
  const parts = [
    "Thu",
    "Thursday",
    ",",
    " ",
    "-",
    ":",
    "01",
    "Jan",
    "2026",
    "26",
    "12:00:30",
    "GMT",
    "\0",
    "é",
    "9",
    "NaN",
  ];
  for (let n = 0; n < 20_000; n++) {
    const text = Array.from({ length: Math.floor(random() * 12) }, () => pick(random, parts)).join("");
    const ms = parseRetryAfterMs(text, NOW);
    assert.ok(
      ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= HOUR),
      `${JSON.stringify(text)} gave ${ms}`,
    );
  }
});
