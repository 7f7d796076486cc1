import assert from "node:assert/strict";
import { test } from "node:test";
import { Growth } from "./growth.ts";

test("the oldest byte that is not safe has waited since the file was first seen beyond it", () => {
  const growth = new Growth();
  growth.saw(100, 100, 0);
  assert.equal(growth.waitingSinceMs(100), undefined, "everything was safe");
  growth.saw(150, 100, 10);
  growth.saw(150, 100, 20);
  growth.saw(200, 120, 30);
  assert.equal(growth.waitingSinceMs(120), 10, "byte 120 was there at 10");
  assert.equal(growth.waitingSinceMs(150), 30, "byte 150 came at 30");
  assert.equal(growth.waitingSinceMs(200), undefined);
});

test("a backlog that was there at once has waited since then, however much comes on top", () => {
  const growth = new Growth();
  growth.saw(1_000_000, 0, 5);
  for (let i = 1; i <= 5000; i++) growth.saw(1_000_000 + i, i, 5 + i);
  assert.equal(growth.waitingSinceMs(5000), 5);
  assert.equal(growth.waitingSinceMs(999_999), 5);
});

test("a bounded number of sizes is remembered: a time may come out too early, never too late", () => {
  const growth = new Growth();
  const count = 10_000;
  for (let i = 1; i <= count; i++) growth.saw(i, 0, i);
  for (const safe of [0, 1, 5000, count - 1]) {
    const since = growth.waitingSinceMs(safe);
    assert.ok(since !== undefined && since <= safe + 1, `${safe}: ${since}`);
  }
});

test("a file that starts over has waited for nothing", () => {
  const growth = new Growth();
  growth.saw(100, 0, 1);
  growth.clear();
  growth.saw(50, 0, 2);
  assert.equal(growth.waitingSinceMs(0), 2);
});
