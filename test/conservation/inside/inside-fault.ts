import type { KillPoint } from "#kit/queue/file-layer.ts";

/** What goes wrong inside a life. `nth` counts from 1, and may be beyond what happens: then nothing does. */
export type InsideFault =
  /** The process is killed at a step of the durable queue. */
  | { readonly kind: "kill_point"; readonly point: KillPoint; readonly nth: number }
  /** An operation of the durable queue on the disk fails. */
  | {
      readonly kind: "disk";
      readonly operation: "write" | "sync" | "rename";
      readonly code: "ENOSPC" | "EIO";
      readonly nth: number;
    }
  /** The wall clock jumps at SIGUSR2. */
  | { readonly kind: "clock"; readonly shiftMs: number }
  /** What is asked of the disk is noted, and the process is killed at an operation. */
  | {
      readonly kind: "power";
      /** The run's folder, and a file elsewhere. */
      readonly root: string;
      readonly journal: string;
      readonly nth: number;
      readonly when: "before" | "during" | "after";
    };
