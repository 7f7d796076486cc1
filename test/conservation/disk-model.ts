import { dirname } from "node:path";
import { afterPowerCut, applyChange, type Change } from "#test/support/unsynced.ts";
import type { JournalLine, Operation } from "./inside/disk-journal.ts";

interface Inode {
  durable: Buffer;
  /** Since the last sync. */
  pending: Change[];
}

type Entry = Inode | "directory";
type Names = Map<string, Entry>;

/** A name that was made, changed or removed and whose directory was not synced since. */
interface NameChange {
  readonly directory: string;
  readonly apply: (names: Names) => void;
}

interface Handle {
  readonly path: string;
  readonly entry: Entry;
  readonly appends: boolean;
  position: number;
}

/** What a disk holds for sure, and what it may hold besides, after the operations of a journal. */
export class DiskModel {
  readonly #root: string;
  readonly #random: () => number;
  /** As the program sees them. */
  readonly #names: Names = new Map();
  readonly #durable: Names = new Map();
  #nameChanges: NameChange[] = [];
  readonly #handles = new Map<number, Handle>();
  /** Operations that began; a sync takes with it what was there when it began. */
  readonly #begun = new Map<number, { operation: Operation; changes: number }>();

  constructor(root: string, random: () => number) {
    this.#root = root;
    this.#random = random;
  }

  /** A file, or with undefined a directory, that is there from before and whole. */
  found(path: string, content: Buffer | undefined): void {
    const entry: Entry = content === undefined ? "directory" : { durable: content, pending: [] };
    this.#names.set(path, entry);
    this.#durable.set(path, entry);
  }

  replay(line: JournalLine): void {
    if ("operation" in line) {
      this.#begun.set(line.number, { operation: line.operation, changes: this.#changesOf(line.operation) });
      return;
    }
    const number = "done" in line ? line.done : line.failed;
    const begun = this.#begun.get(number);
    this.#begun.delete(number);
    if (begun === undefined || "failed" in line) return;
    this.#perform(begun.operation, begun.changes, line.bytesWritten);
  }

  /** What a loss of power now leaves: contents by path, undefined for a directory. What had begun may have happened. */
  left(): Map<string, Buffer | undefined> {
    for (const { operation } of this.#begun.values()) {
      if (operation.kind !== "sync" && this.#random() < 0.5) this.#perform(operation, 0, undefined);
    }
    for (const change of this.#keptNames()) change.apply(this.#durable);
    const left = new Map<string, Buffer | undefined>();
    // A directory comes before what is in it.
    for (const [path, entry] of [...this.#durable].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const parent = dirname(path);
      if (parent !== this.#root && !left.has(parent)) continue;
      left.set(path, entry === "directory" ? undefined : this.#contentOf(path, entry));
    }
    return left;
  }

  /** Check sums are there against a disk that writes in any order: where there are none, it writes from front to back. */
  #contentOf(path: string, { durable, pending }: Inode): Buffer {
    const holes = path.endsWith(".segment") && this.#random() < 0.5;
    return afterPowerCut(durable, pending, this.#random, holes);
  }

  /** Each directory keeps some of its changes, in order. */
  #keptNames(): NameChange[] {
    const counts = new Map<string, number>();
    for (const { directory } of this.#nameChanges) counts.set(directory, (counts.get(directory) ?? 0) + 1);
    for (const [directory, count] of counts) counts.set(directory, Math.floor(this.#random() * (count + 1)));
    return this.#nameChanges.filter(({ directory }) => {
      const left = counts.get(directory) ?? 0;
      counts.set(directory, left - 1);
      return left > 0;
    });
  }

  #changesOf(operation: Operation): number {
    const handle = operation.kind === "sync" ? this.#handles.get(operation.handle) : undefined;
    if (handle === undefined) return 0;
    return handle.entry === "directory" ? this.#nameChanges.length : handle.entry.pending.length;
  }

  #perform(operation: Operation, changes: number, bytesWritten: number | undefined): void {
    switch (operation.kind) {
      case "open":
        this.#open(operation);
        return;
      case "rename":
        this.#change(operation.path, (names) => move(names, operation.path, operation.to, true));
        return;
      case "link":
        this.#change(operation.path, (names) => move(names, operation.path, operation.to, false));
        return;
      case "remove":
        this.#change(operation.path, (names) => void names.delete(operation.path));
        return;
      case "makeDirectory":
        this.#makeDirectory(operation.path);
        return;
      case "sync":
        this.#sync(operation.handle, changes);
        return;
      case "truncate":
      case "write":
        this.#write(operation, bytesWritten);
    }
  }

  #open({ path, flags, handle }: Extract<Operation, { kind: "open" }>): void {
    let entry = this.#names.get(path);
    if (entry === undefined && path === this.#root) entry = "directory";
    if (entry === undefined) {
      const made: Inode = { durable: Buffer.alloc(0), pending: [] };
      this.#change(path, (names) => void names.set(path, made));
      entry = made;
    } else if (entry !== "directory" && flags.startsWith("w")) {
      entry.pending.push({ truncateTo: 0 });
    }
    this.#handles.set(handle, { path, entry, appends: flags.startsWith("a"), position: 0 });
  }

  #makeDirectory(path: string): void {
    if (path === this.#root || this.#names.has(path)) return;
    this.#makeDirectory(dirname(path));
    this.#change(path, (names) => void names.set(path, "directory"));
  }

  #write(operation: Extract<Operation, { kind: "write" | "truncate" }>, bytesWritten: number | undefined): void {
    const handle = this.#handles.get(operation.handle);
    if (handle === undefined || handle.entry === "directory") return;
    if (operation.kind === "truncate") {
      handle.entry.pending.push({ truncateTo: operation.sizeBytes });
      return;
    }
    const bytes = Buffer.from(operation.bytes, "base64").subarray(0, bytesWritten);
    const size = handle.entry.pending.reduce(applyChange, handle.entry.durable).length;
    const at = handle.appends ? size : (operation.at ?? handle.position);
    if (operation.at === null) handle.position = at + bytes.length;
    handle.entry.pending.push({ at, bytes });
  }

  #sync(number: number, changes: number): void {
    const handle = this.#handles.get(number);
    if (handle === undefined) return;
    if (handle.entry !== "directory") {
      const { entry } = handle;
      entry.durable = entry.pending.slice(0, changes).reduce(applyChange, entry.durable);
      entry.pending = entry.pending.slice(changes);
      return;
    }
    const isSynced = ({ directory }: NameChange, k: number): boolean => k < changes && directory === handle.path;
    for (const [k, change] of this.#nameChanges.entries()) if (isSynced(change, k)) change.apply(this.#durable);
    this.#nameChanges = this.#nameChanges.filter((change, k) => !isSynced(change, k));
  }

  #change(path: string, apply: (names: Names) => void): void {
    apply(this.#names);
    this.#nameChanges.push({ directory: dirname(path), apply });
  }
}

function move(names: Names, from: string, to: string, leaves: boolean): void {
  const entry = names.get(from);
  if (entry === undefined) return;
  if (leaves) names.delete(from);
  names.set(to, entry);
}
