import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { compileWasm, WASM_SOURCES, wasmPath } from "#test/support/compile-wasm.ts";

test("every WebAssembly file is what its source beside it compiles to (npm run wasm)", async () => {
  for (const source of WASM_SOURCES)
    assert.ok((await compileWasm(source)).equals(readFileSync(wasmPath(source))), source);
});

test("no WebAssembly file is without a source in the list", () => {
  const cwd = new URL("..", import.meta.url);
  const sources = globSync("*/wasm/*.ts", { cwd }).sort();
  const binaries = globSync("*/**/*.wasm", { cwd, exclude: ["node_modules/**", ".cache/**", "data/**"] }).sort();
  assert.deepEqual(sources, [...WASM_SOURCES].sort());
  assert.deepEqual(binaries, [...WASM_SOURCES].map((source) => source.replace(/\.ts$/, ".wasm")).sort());
});
