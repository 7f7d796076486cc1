import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

/** The parts that run as WebAssembly, from the project's root: source and, beside it, what is compiled from it. */
export const WASM_SOURCES = ["tidb/wasm/scan-lines.ts", "kit/wasm/encode-lines.ts"] as const;

const FLAGS = ["--runtime", "stub", "--optimizeLevel", "3", "--shrinkLevel", "0", "--enable", "simd", "--noAssert"];

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Compiles an AssemblyScript file. @throws Error with the compiler's complaints. */
export async function compileWasm(source: string): Promise<Buffer> {
  let binary: Uint8Array | undefined;
  const complaints: string[] = [];
  const { error } = await main([source, ...FLAGS, "--use", "abort=", "--outFile", "out.wasm"], {
    readFile: (name) => {
      try {
        return readFileSync(`${root}/${name}`, "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_name, contents) => {
      binary = typeof contents === "string" ? Buffer.from(contents) : contents;
    },
    listFiles: () => [],
    stderr: { write: (text) => complaints.push(String(text)) },
  });
  if (error !== null || binary === undefined) throw new Error(complaints.join(""), { cause: error });
  return Buffer.from(binary);
}

export const wasmPath = (source: string): string => `${root}/${source.replace(/\.ts$/, ".wasm")}`;
