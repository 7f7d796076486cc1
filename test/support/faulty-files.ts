import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { FileLayer, KillPoint, OpenFile } from "#kit/queue/file-layer.ts";
import { realFiles } from "#kit/queue/real-files.ts";
import { afterPowerCut, applyChange, type Change } from "./unsynced.ts";

/** One thing that the code under test asks of the disk, or a point that it reached. */
export interface Step {
  readonly kind: keyof FileLayer | keyof OpenFile;
  readonly path: string;
  readonly point?: KillPoint;
  /** Counts all steps, and those of this kind. */
  readonly index: number;
  readonly indexOfKind: number;
}

export type Fault = "kill" | { readonly code: string };

interface Inode {
  /** What a power cut leaves for sure. */
  durable: Buffer;
  /** Since the last sync. */
  pending: Change[];
}

type NameChange = (names: Map<string, Inode>) => void;

class Killed extends Error {
  override readonly name = "Killed";
}

let lives = 0;
const living = new Set<string>();

/**
 * The real disk with faults: `plan` may fail a step (a failed write leaves a part of it) or kill the process at it, after
 * which nothing works any more. It knows what was synced, so that `afterPowerCut` can write what would be left.
 */
export class FaultyFiles implements FileLayer {
  readonly #root: string;
  readonly #plan: (step: Step) => Fault | undefined;
  readonly #random: () => number;
  readonly #life = `life ${++lives}`;
  readonly #open = new Set<OpenFile>();
  readonly #counts = new Map<string, number>();
  readonly #names = new Map<string, Inode>();
  #durableNames: Map<string, Inode>;
  #nameChanges: NameChange[] = [];
  #steps = 0;
  freeSpace = Number.MAX_SAFE_INTEGER;

  constructor(root: string, plan: (step: Step) => Fault | undefined = () => undefined, random: () => number = () => 0) {
    this.#root = root;
    this.#plan = plan;
    this.#random = random;
    living.add(this.#life);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) this.#names.set(path, { durable: readFileSync(path), pending: [] });
    }
    this.#durableNames = new Map(this.#names);
  }

  get dead(): boolean {
    return !living.has(this.#life);
  }

  get steps(): number {
    return this.#steps;
  }

  /** Ends this life: nothing works any more, and files that were open are closed. */
  async kill(): Promise<void> {
    living.delete(this.#life);
    for (const file of this.#open) await file.close();
    this.#open.clear();
  }

  /**
   * Writes to `target` what a power cut now would leave: all that was synced, and by chance some of what was not; with
   * `holes`, the disk wrote in any order, and unsynced bytes are missing in the middle too.
   */
  async afterPowerCut(target: string, holes = false): Promise<void> {
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges.slice(0, this.#chance(this.#nameChanges.length))) change(names);
    for (const [path, inode] of names) {
      const copy = join(target, relative(this.#root, path));
      await mkdir(dirname(copy), { recursive: true });
      await writeFile(copy, afterPowerCut(inode.durable, inode.pending, this.#random, holes));
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.#step("makeDirectory", path);
    await realFiles.makeDirectory(path);
  }

  async list(directory: string): Promise<string[]> {
    this.#step("list", directory);
    return realFiles.list(directory);
  }

  async open(path: string, mode: "create" | "read" | "update"): Promise<OpenFile> {
    this.#step("open", path);
    const file = await realFiles.open(path, mode);
    if (this.dead) {
      await file.close();
      throw new Killed("the process is dead");
    }
    if (mode === "create")
      this.#rename((names, inode) => names.set(path, inode), { durable: Buffer.alloc(0), pending: [] });
    const inode = this.#names.get(path);
    if (inode === undefined) throw new Error(`${path} is not known`);
    this.#open.add(file);
    return this.#wrap(file, path, inode);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step("rename", from);
    await realFiles.rename(from, to);
    this.#rename(
      (names, inode) => {
        names.delete(from);
        names.set(to, inode);
      },
      this.#names.get(from) as Inode,
    );
  }

  async link(from: string, to: string): Promise<void> {
    this.#step("link", from);
    await realFiles.link(from, to);
    this.#rename((names, inode) => names.set(to, inode), this.#names.get(from) as Inode);
  }

  async remove(path: string): Promise<void> {
    this.#step("remove", path);
    await realFiles.remove(path);
    this.#rename((names) => names.delete(path), { durable: Buffer.alloc(0), pending: [] });
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step("syncDirectory", path);
    this.#durableNames = new Map(this.#names);
    this.#nameChanges = [];
  }

  freeBytes(path: string): Promise<number> {
    this.#step("freeBytes", path);
    return Promise.resolve(this.freeSpace);
  }

  self(): Promise<string> {
    return Promise.resolve(this.#life);
  }

  isRunning(identity: string): Promise<boolean> {
    return Promise.resolve(living.has(identity));
  }

  reached(point: KillPoint): void {
    this.#step("reached", "", point);
  }

  #wrap(file: OpenFile, path: string, inode: Inode): OpenFile {
    return {
      size: () => {
        this.#step("size", path);
        return file.size();
      },
      read: (into, at) => {
        this.#step("read", path);
        return file.read(into, at);
      },
      write: async (parts, at) => {
        const bytes = Buffer.concat(parts);
        try {
          this.#step("write", path);
        } catch (error) {
          const part = bytes.subarray(0, this.#chance(bytes.length));
          await file.write([part], at).catch(() => undefined);
          inode.pending.push({ at, bytes: part });
          throw error;
        }
        await file.write([bytes], at);
        inode.pending.push({ at, bytes });
      },
      sync: async () => {
        try {
          this.#step("sync", path);
        } catch (error) {
          // The page cache forgets that these were never written: a later sync succeeds without them.
          if (!this.dead) inode.pending = [];
          throw error;
        }
        inode.durable = inode.pending.reduce(applyChange, inode.durable);
        inode.pending = [];
      },
      truncate: async (sizeBytes) => {
        this.#step("truncate", path);
        await file.truncate(sizeBytes);
        inode.pending.push({ truncateTo: sizeBytes });
      },
      close: async () => {
        if (!this.#open.delete(file)) return;
        await file.close();
      },
    };
  }

  #rename(change: (names: Map<string, Inode>, inode: Inode) => void, inode: Inode): void {
    change(this.#names, inode);
    this.#nameChanges.push((names) => change(names, inode));
  }

  #step(kind: Step["kind"], path: string, point?: KillPoint): void {
    if (this.dead) throw new Killed("the process is dead");
    const key = point ?? kind;
    const indexOfKind = this.#counts.get(key) ?? 0;
    this.#counts.set(key, indexOfKind + 1);
    const fault = this.#plan({
      kind,
      path,
      ...(point === undefined ? {} : { point }),
      index: this.#steps++,
      indexOfKind,
    });
    if (fault === undefined) return;
    if (fault === "kill") {
      living.delete(this.#life);
      throw new Killed("killed here");
    }
    throw Object.assign(new Error(`${fault.code}: made up`), fault);
  }

  /** 0 to `most`. */
  #chance(most: number): number {
    return Math.floor(this.#random() * (most + 1));
  }
}
