import { KILL_POINTS } from "#kit/queue/file-layer.ts";
import { realFiles } from "#kit/queue/real-files.ts";
import type { InsideFault } from "./inside-fault.ts";

/** The durable queue's own seam is where these faults go in. */
export function killAtPoint({ point, nth }: Extract<InsideFault, { kind: "kill_point" }>): void {
  if (!KILL_POINTS.includes(point)) throw new Error(`no such kill point: ${point}`);
  const isTheOne = counter(nth);
  realFiles.reached = (reached) => {
    if (reached === point && isTheOne()) process.kill(process.pid, "SIGKILL");
  };
}

export function failDisk({ operation, code, nth }: Extract<InsideFault, { kind: "disk" }>): void {
  const { open, rename } = realFiles;
  const isTheOne = counter(nth);
  const failure = (): Error => Object.assign(new Error(`${code}: injected`), { code });
  if (operation === "rename") {
    realFiles.rename = (from, to) => (isTheOne() ? Promise.reject(failure()) : rename(from, to));
    return;
  }
  realFiles.open = async (path, mode) => {
    const file = await open(path, mode);
    const { [operation]: real } = file;
    const replaced = (...args: never[]): Promise<void> =>
      isTheOne() ? Promise.reject(failure()) : real.apply(file, args as never);
    return Object.assign(file, { [operation]: replaced });
  };
}

function counter(nth: number): () => boolean {
  let seen = 0;
  return () => ++seen === nth;
}
