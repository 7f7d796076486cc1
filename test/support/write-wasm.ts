import { writeFileSync } from "node:fs";
import { compileWasm, WASM_SOURCES, wasmPath } from "./compile-wasm.ts";

/** `npm run wasm`: compiles all parts that run as WebAssembly and writes them beside their sources. */
for (const source of WASM_SOURCES) writeFileSync(wasmPath(source), await compileWasm(source));
