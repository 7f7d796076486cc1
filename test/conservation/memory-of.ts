import { readFileSync } from "node:fs";

/** The most resident memory that a process has had so far, in MiB; 0 when it is gone. Linux only. */
export function peakMemoryMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
