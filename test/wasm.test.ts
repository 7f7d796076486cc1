import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { compileWasm, WASM_SOURCES, wasmPath } from "#test/support/compile-wasm.ts";

test("every WebAssembly file is what its source beside it compiles to (npm run wasm)", async () => {
  for (const source of WASM_SOURCES)
    assert.ok((await compileWasm(source)).equals(readFileSync(wasmPath(source))), source);
});

test("every WebAssembly file has its source in the list", () => {
  const cwd = new URL("..", import.meta.url);
  const binaries = globSync("*/wasm/*.wasm", { cwd }).sort();
  assert.deepEqual(binaries, WASM_SOURCES.map((source) => source.replace(/\.ts$/, ".wasm")).sort());
});
