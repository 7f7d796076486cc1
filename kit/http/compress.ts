import { promisify } from "node:util";
import { constants, gzip, zstdCompress } from "node:zlib";
import type { HttpClientConfig } from "./client-config.ts";

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

type Compress = (body: Buffer) => Promise<Buffer>;

/** Compresses off the main thread; `body` must not change meanwhile. Undefined = bodies go out as they are. */
export function createCompress({
  compression,
  compression_params: { level },
}: Pick<HttpClientConfig, "compression" | "compression_params">): Compress | undefined {
  if (compression === "none") return undefined;
  if (compression === "gzip") return (body) => gzipAsync(body, level === undefined ? {} : { level });
  const params = level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } };
  return (body) => zstdAsync(body, params);
}
