import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = new URL("..", import.meta.url).pathname;

const sources = globSync(
  "{main.ts,{core,kit,sigma,tidb,store,receivers,processors,exporters,playbooks,extensions,service}/**/*.ts}",
  {
    cwd: root,
  },
).filter((file) => !file.endsWith(".test.ts"));

/** `code: "x"`, the default `code = "x"`, and the lines of a table from a server's error numbers to codes. */
const CODE = /\bcode(?:: | = )"(\w+)"|^ {2}\d{4}: "(\w+)",$/gm;

/** zod's word for an issue of one's own; it never leaves the check of the settings. */
const NOT_OURS = new Set(["custom"]);

const codes = new Map<string, string>();
for (const file of sources) {
  for (const [, literal, inTable] of readFileSync(join(root, file), "utf8").matchAll(CODE)) {
    const code = literal ?? inTable ?? "";
    if (!NOT_OURS.has(code)) codes.set(code, file);
  }
}

const page = readFileSync(join(root, "docs/errors.md"), "utf8");
const rows = [...page.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \|$/gm)].map(([, code = "", what, advice]) => ({
  code,
  what,
  advice,
}));
const listed = new Set(rows.map(({ code }) => code));

test("the check sees the codes: many, in many files, and none is made up at run time", () => {
  assert.ok(codes.size > 40, `only ${codes.size} codes`);
  assert.ok(new Set(codes.values()).size > 20);
  const made = sources.filter((file) => /\bcode: (?:`|\w+ \+|"\w*" \+)/.test(readFileSync(join(root, file), "utf8")));
  assert.deepEqual(made, []);
});

test("docs/errors.md has every code that the product can show", () => {
  assert.deepEqual(
    [...codes].filter(([code]) => !listed.has(code)),
    [],
  );
});

test("docs/errors.md names no code that does not exist, and none twice", () => {
  assert.deepEqual(
    rows.map(({ code }) => code).filter((code) => !codes.has(code)),
    [],
  );
  assert.equal(listed.size, rows.length);
});

test("every code has a meaning and an advice", () => {
  for (const { code, what, advice } of rows) assert.ok(what !== "" && advice !== "", code);
});
