import { execFile } from "node:child_process";
import { errorMessage, PermanentError, RetryableError } from "#core/errors.ts";

export interface NftSettings {
  /** Program and leading arguments. */
  readonly command: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

/** A full set of 65,536 elements is about 8 MiB of JSON. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** None of ours goes to the child. Its error texts are matched below, so they must come in English. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** Runs `nft -j` once and returns what it printed; undefined when something that was named is not there. */
export async function runNft(
  settings: NftSettings,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const [program = "nft", ...leading] = settings.command;
  const options = { signal, timeout: settings.timeout, maxBuffer: MAX_OUTPUT_BYTES, env: ENVIRONMENT };
  return new Promise((resolve, reject) => {
    execFile(program, [...leading, "-j", ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (stderr.includes("No such file or directory")) resolve(undefined);
      else reject(translate(error, stderr));
    });
  });
}

/**
 * Applies one document, which is one transaction; false when something that it deletes is not there. The document is
 * an argument: nft opens /dev/stdin by its name, which fails for the sockets that Node gives to a child.
 */
export async function applyDocument(settings: NftSettings, document: object, signal: AbortSignal): Promise<boolean> {
  return (await runNft(settings, [JSON.stringify(document)], signal)) !== undefined;
}

function translate(error: Error, stderr: string): PermanentError | RetryableError {
  const said = stderr.trim().slice(0, 500) || errorMessage(error);
  if ("code" in error && error.code === "ENOENT") {
    return new PermanentError("nft is not installed", { cause: error, code: "nft_missing" });
  }
  if (said.includes("Operation not permitted")) {
    return new PermanentError("nft needs CAP_NET_ADMIN", { cause: error, code: "nft_privilege" });
  }
  if (said.includes("Too many open files in system")) {
    return new RetryableError("the block set is full", { cause: error, code: "nft_set_full" });
  }
  return new RetryableError(`nft failed: ${said}`, { cause: error, code: "nft_failed" });
}
