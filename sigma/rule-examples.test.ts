import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleLines, exampleSchema } from "./rule-examples.ts";

const linesOf = (example: unknown): string[] => exampleLines(exampleSchema.parse(example));

test("a text is one entry of the log, however many lines it has", () => {
  assert.deepEqual(linesOf("# Time: x\nselect 1;\n"), ["# Time: x\nselect 1;"]);
});

test("a step is written as often as it says, with its count and a connection of its own", () => {
  assert.deepEqual(linesOf([{ line: "{n} {n+20} {conn} u{n}", repeat: 2 }]), ["1 21 2097154 u1", "2 22 2097156 u2"]);
});

test("time goes on by a second, or by what a step says, from line to line and over steps", () => {
  assert.deepEqual(linesOf(["{time}", { line: "{time}", repeat: 2, every: "2m" }, "{iso_time}"]), [
    "2026/03/02 10:00:00.000 +00:00",
    "2026/03/02 10:00:01.000 +00:00",
    "2026/03/02 10:02:01.000 +00:00",
    "2026-03-02T10:04:01.000Z",
  ]);
});

test("examples that cannot be written are refused", () => {
  for (const example of ["", [], [{ line: "x", repeat: 0 }], [{ line: "x", every: "soon" }], [{ repeat: 2 }]]) {
    assert.equal(exampleSchema.safeParse(example).success, false, JSON.stringify(example));
  }
});
