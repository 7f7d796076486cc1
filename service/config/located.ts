/** Where something stands in what the user wrote. */
export interface Place {
  /** File name, `--set`, or `env`. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A configuration value that remembers where each of its parts came from. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, { readonly keyPlace: Place; readonly value: Located }>;
}

interface LocatedList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | bigint | null;
  /** The text that a reference such as `${env:PIN}` stood for: a setting that wants a string gets it unchanged. */
  readonly text?: string;
}

export type Path = readonly (string | number)[];

/** The value as plain data. */
export function toPlain(located: Located): unknown {
  switch (located.kind) {
    case "map":
      return Object.fromEntries([...located.entries].map(([key, { value }]) => [key, toPlain(value)]));
    case "list":
      return located.items.map(toPlain);
    default:
      return located.value;
  }
}

/** The part at `path`, or undefined. */
export function partAt(root: Located, path: Path): Located | undefined {
  let part: Located | undefined = root;
  for (const step of path) {
    if (part?.kind === "map") part = part.entries.get(String(step))?.value;
    else if (part?.kind === "list" && typeof step === "number") part = part.items[step];
    else return undefined;
  }
  return part;
}

/** The place of the key or value at `path`, or of the nearest part around it. */
export function placeOf(root: Located, path: Path, atKey: boolean): Place {
  for (let length = path.length; length > 0; length--) {
    const parent = partAt(root, path.slice(0, length - 1));
    const step = path[length - 1] as string | number;
    if (parent?.kind === "map") {
      const entry = parent.entries.get(String(step));
      if (entry === undefined) continue;
      // A mistake about a whole map or list is shown at its key: that is the line people look for.
      const useKey = (atKey && length === path.length) || length < path.length || entry.value.kind !== "scalar";
      return useKey ? entry.keyPlace : entry.value.place;
    }
    if (parent?.kind === "list" && typeof step === "number" && parent.items[step] !== undefined)
      return parent.items[step].place;
  }
  return root.place;
}

/** `value` put at `path` into a copy of `root`; maps on the way are made. */
export function withPart(root: Located, path: Path, value: Located): Located {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (root.kind === "list" && typeof step === "number") {
    return { ...root, items: root.items.map((item, i) => (i === step ? withPart(item, rest, value) : item)) };
  }
  const entries = new Map(root.kind === "map" ? root.entries : []);
  const before = entries.get(String(step));
  const inner: Located = before?.value ?? { kind: "map", place: value.place, entries: new Map() };
  entries.set(String(step), { keyPlace: before?.keyPlace ?? value.place, value: withPart(inner, rest, value) });
  return { kind: "map", place: root.place, entries };
}

/** Later configuration over earlier: maps are merged deeply, lists are replaced, an explicit null erases a map. */
export function merge(earlier: Located, later: Located): Located {
  if (earlier.kind !== "map" || later.kind !== "map") return later;
  const entries = new Map(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    entries.set(
      key,
      before === undefined ? entry : { keyPlace: entry.keyPlace, value: merge(before.value, entry.value) },
    );
  }
  return { kind: "map", place: later.place, entries };
}
