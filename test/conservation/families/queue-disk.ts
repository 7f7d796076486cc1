import { KILL_POINTS, type KillPoint } from "#kit/queue/file-layer.ts";
import { pick, type Random } from "#test/oracle/random.ts";
import type { Family, Life } from "../family.ts";

const KILL: Life = { end: "SIGKILL" };

type LivesOf = (random: Random) => Life[];

/** The process is killed, stopped, reloaded; the disk under the durable queue fails. */
const LIVES: Readonly<Record<string, LivesOf>> = {
  kill: () => [KILL, KILL, KILL],
  stop: () => [{ end: "SIGTERM" }, { end: "SIGTERM" }],
  reload: () => [{ end: "SIGTERM", outside: ({ tidewatch }) => void tidewatch.child.kill("SIGHUP") }],
  disk_full: (random) => [disk(random, "write", "ENOSPC"), KILL, disk(random, "write", "ENOSPC")],
  write_error: (random) => [disk(random, "write", "EIO"), KILL],
  sync_error: (random) => [disk(random, "sync", "EIO"), KILL, disk(random, "sync", "EIO")],
  rename_error: (random) => [disk(random, "rename", "EIO"), KILL],
};

const KILL_POINT_LIVES: Readonly<Record<string, LivesOf>> = Object.fromEntries(
  KILL_POINTS.map((point) => [
    `kill_point.${point}`,
    (random: Random) => [atPoint(random, point), atPoint(random, point)],
  ]),
);

const mixed: LivesOf = (random) =>
  Array.from({ length: 4 }, () => pick(random, Object.values(LIVES))(random)[0] ?? KILL);

export const queueDiskFamilies: Readonly<Record<string, Family>> = Object.fromEntries(
  Object.entries({ ...LIVES, mixed, ...KILL_POINT_LIVES }).map(([name, lives]) => [
    name,
    { lives: ({ random }) => lives(random), ...(name === "stop" || name === "reload" ? { repeats: "never" } : {}) },
  ]),
);

function disk(random: Random, operation: "write" | "sync" | "rename", code: "ENOSPC" | "EIO"): Life {
  const inside: Life["inside"] = { kind: "disk", operation, code, nth: 1 + Math.floor(random() * 30) };
  return { inside, end: "SIGKILL", mayFail: true };
}

function atPoint(random: Random, point: KillPoint): Life {
  const often = point.startsWith("append") || point.startsWith("cursor");
  return { inside: { kind: "kill_point", point, nth: 1 + Math.floor(random() * (often ? 20 : 2)) }, end: "SIGKILL" };
}
