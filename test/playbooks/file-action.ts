import { once } from "node:events";
import { appendFileSync, existsSync, rmSync, watch, writeFileSync } from "node:fs";
import { readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { PermanentError, RetryableError } from "#core/errors.ts";
import { abortable } from "../../playbooks/response/abortable.ts";
import { type ActionFactory, defineAction, type EffectState, type Plan } from "../../playbooks/action.ts";

/** Points of an action at which a test can have something happen, once. */
export type Point = "plan" | "probe" | "before_apply" | "after_apply" | "undo" | "after_undo";
/** hang: comes back when its signal aborts; deaf: never. */
type Fault = "kill" | "retryable" | "permanent" | "bug" | "hang" | "deaf";

const input = z.strictObject({ name: z.string(), note: z.string().optional() });
type Target = z.output<typeof input>;

/**
 * The world of the tests: a folder in which an effect is a file that holds the effect's id. Several processes see the
 * same one, and every call is written down, so that effects can be counted.
 */
export interface World {
  readonly path: string;
  /** Lines such as `apply mallory`, in the order of the calls. */
  calls(): Promise<string[]>;
  /** What stands now: target names. */
  standing(): Promise<string[]>;
  /** Plants a fault at the next visit to a point of one target's action. */
  fail(target: string, point: Point, fault: Fault): Promise<void>;
  /** Resolves once somebody has met the fault at this point. */
  met(target: string, point: Point): Promise<void>;
  /** What a human does: removes the effect, or puts one of their own in its place. */
  removeByHand(target: string): Promise<void>;
  placeByHand(target: string): Promise<void>;
}

export function openWorld(path: string): World {
  return {
    path,
    calls: async () => (await readFile(join(path, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean),
    standing: async () =>
      (await readdir(path)).filter((name) => name.startsWith("at-")).map((name) => decode(name.slice("at-".length))),
    fail: (target, point, fault) => writeFile(faultFile(path, point, target), fault),
    async met(target, point) {
      const file = faultFile(path, point, target);
      const done = new AbortController();
      const watcher = watch(path, { signal: done.signal });
      while (existsSync(file)) await once(watcher, "change");
      done.abort();
    },
    removeByHand: (target) => rm(join(path, `at-${encode(target)}`)),
    placeByHand: (target) => writeFile(join(path, `at-${encode(target)}`), "a human"),
  };
}

const faultFile = (path: string, point: Point, target: string): string =>
  join(path, `fault-${point}-${encode(target)}`);
const encode = (text: string): string => Buffer.from(text).toString("hex");
const decode = (hex: string): string => Buffer.from(hex, "hex").toString();

/** `test.mark` leaves a file for as long as the effect lasts, and `test.tell` writes a line and is done. */
export function fileActions(world: World): readonly ActionFactory[] {
  const at = (target: Target): string => join(world.path, `at-${encode(target.name)}`);
  /** Without a pause, so that a process that kills itself at another target never leaves a call written and not done. */
  const act = (what: string, { name }: Target, change: () => void): void => {
    appendFileSync(join(world.path, "calls"), `${what} ${name}\n`);
    change();
  };

  const visit = async (point: Point, { name }: Target, signal: AbortSignal): Promise<void> => {
    const path = faultFile(world.path, point, name);
    const fault = await readFile(path, "utf8").catch(() => undefined);
    if (fault === undefined) return;
    await unlink(path);
    if (fault === "kill") process.kill(process.pid, "SIGKILL");
    if (fault === "retryable") throw new RetryableError("the target is away");
    if (fault === "permanent") throw new PermanentError("the target refuses");
    if (fault === "bug") throw new TypeError("undefined is not a function");
    const never = Promise.withResolvers<never>().promise;
    if (fault === "hang") await abortable(never, signal);
    if (fault === "deaf") await never;
  };

  const plan = async (verb: string, target: Target, signal: AbortSignal): Promise<Plan<Target>> => {
    await visit("plan", target, signal);
    return { steps: [{ says: `${verb} ${target.name}`, key: `test.${verb} ${target.name}`, target }], refused: [] };
  };

  const declared = { permissions: [], input, target: input, settings: z.strictObject({}) };

  const mark = defineAction({
    type: "test.mark",
    summary: "Leaves a file.",
    risk: "contain",
    lasting: true,
    ...declared,
    create: () => ({
      plan: (target, signal) => plan("mark", target, signal),
      async apply({ target }, effect, signal) {
        await visit("before_apply", target, signal);
        act("apply", target, () => writeFileSync(at(target), effect.id));
        await visit("after_apply", target, signal);
      },
      async probe({ target }, effect, signal): Promise<EffectState> {
        await visit("probe", target, signal);
        const owner = await readFile(at(target), "utf8").catch(() => undefined);
        if (owner === undefined) return "absent";
        return owner === effect.id ? "ours" : "foreign";
      },
      async undo({ target }, _effect, signal) {
        await visit("undo", target, signal);
        act("undo", target, () => rmSync(at(target), { force: true }));
        await visit("after_undo", target, signal);
      },
    }),
  });

  const tell = defineAction({
    type: "test.tell",
    summary: "Writes a line.",
    risk: "notify",
    lasting: false,
    ...declared,
    create: () => ({
      plan: (target, signal) => plan("tell", target, signal),
      async apply({ target }, _effect, signal) {
        await visit("before_apply", target, signal);
        act("tell", target, () => undefined);
      },
    }),
  });
  return [mark, tell];
}
