import { KILL_POINTS, type KillPoint } from "#kit/queue/file-layer.ts";
import { pick, type Random } from "#test/oracle/random.ts";

/** What goes wrong in a life of the process. `nth` counts from 1, and may be beyond what happens: then nothing does. */
export type Fault =
  | { readonly kind: "kill" }
  | { readonly kind: "kill_point"; readonly point: KillPoint; readonly nth: number }
  | {
      readonly kind: "disk";
      readonly operation: "write" | "sync" | "rename";
      readonly code: "ENOSPC" | "EIO";
      readonly nth: number;
    }
  | { readonly kind: "reload" }
  | { readonly kind: "stop" };

/** Named families of faults; each makes the faults of one run from its seed. */
export const FAULTS: Readonly<Record<string, (random: Random) => Fault[]>> = {
  kill: () => [{ kind: "kill" }, { kind: "kill" }, { kind: "kill" }],
  stop: () => [{ kind: "stop" }, { kind: "stop" }],
  reload: () => [{ kind: "reload" }],
  disk_full: (random) => [disk(random, "write", "ENOSPC"), { kind: "kill" }, disk(random, "write", "ENOSPC")],
  write_error: (random) => [disk(random, "write", "EIO"), { kind: "kill" }],
  sync_error: (random) => [disk(random, "sync", "EIO"), { kind: "kill" }, disk(random, "sync", "EIO")],
  rename_error: (random) => [disk(random, "rename", "EIO"), { kind: "kill" }],
  mixed: (random) =>
    Array.from({ length: 4 }, () => pick(random, Object.values(FAULTS).slice(0, 7))(random)[0] ?? { kind: "kill" }),
  ...Object.fromEntries(
    KILL_POINTS.map((point) => [`kill_point.${point}`, (random: Random) => atPoint(random, point)]),
  ),
};

function disk(random: Random, operation: "write" | "sync" | "rename", code: "ENOSPC" | "EIO"): Fault {
  return { kind: "disk", operation, code, nth: 1 + Math.floor(random() * 30) };
}

function atPoint(random: Random, point: KillPoint): Fault[] {
  const often = point.startsWith("append") || point.startsWith("cursor");
  const nth = (): number => 1 + Math.floor(random() * (often ? 20 : 2));
  return [
    { kind: "kill_point", point, nth: nth() },
    { kind: "kill_point", point, nth: nth() },
  ];
}
