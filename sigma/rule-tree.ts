import * as yaml from "yaml";
import { errorMessage } from "#core/errors.ts";
import type { Position, ProblemList } from "./rule-problem.ts";

/** What a rule may hold as a single value. Integers are exact, whatever their size. */
export type Scalar = string | number | bigint | boolean | null;

/** A YAML value that knows where it stands. */
export type RuleNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: Position;
  readonly value: Scalar;
}

interface ListNode {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly RuleNode[];
}

export interface MapNode {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: RuleNode;
}

/** More than any honest rule file needs. */
const MAX_FILE_CHARACTERS = 4_000_000;
const MAX_DEPTH = 50;
/** Counts what aliases repeat, so that a few lines cannot unfold into gigabytes. */
const MAX_NODES = 200_000;

/**
 * Reads the documents of a YAML 1.2 file. Never throws: what cannot be read becomes a problem, and the other documents
 * are still returned. Empty documents are left out.
 */
export function parseRuleTrees(text: string, problems: ProblemList): RuleNode[] {
  const start = { line: 1, column: 1 };
  if (text.length > MAX_FILE_CHARACTERS) {
    problems.error(start, `file is longer than ${MAX_FILE_CHARACTERS} characters`);
    return [];
  }
  const lines = new yaml.LineCounter();
  let documents: yaml.Document.Parsed[];
  try {
    documents = [...yaml.parseAllDocuments(text, { lineCounter: lines, intAsBigInt: true, logLevel: "silent" })];
  } catch (error) {
    // The YAML parser recurses: nesting that is deep enough ends in a RangeError.
    problems.error(start, `cannot be read as YAML: ${errorMessage(error)}`);
    return [];
  }
  const trees = documents.flatMap((document) => toTree(document, lines, problems) ?? []);
  return trees.filter((tree) => tree.kind !== "scalar" || tree.value !== null);
}

function toTree(document: yaml.Document.Parsed, lines: yaml.LineCounter, problems: ProblemList): RuleNode | undefined {
  const [first] = document.errors;
  if (first !== undefined) {
    problems.error(positionOf(first.pos[0], lines), first.message.split(" at line ", 1)[0] ?? "");
    return undefined;
  }
  if (document.contents === null) return undefined;
  const builder = new TreeBuilder(document, lines);
  try {
    return builder.build(document.contents, 0);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    problems.error(error.at, error.message);
    return undefined;
  }
}

function positionOf(offset: number | undefined, lines: yaml.LineCounter): Position {
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Leaves the recursion of TreeBuilder; never leaves this file. */
class TreeError extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.at = at;
  }
}

class TreeBuilder {
  readonly #document: yaml.Document;
  readonly #lines: yaml.LineCounter;
  #nodes = 0;

  constructor(document: yaml.Document, lines: yaml.LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  build(node: unknown, depth: number): RuleNode {
    const at = this.#position(node);
    if (++this.#nodes > MAX_NODES) throw new TreeError(at, `document has more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw new TreeError(at, `nested more than ${MAX_DEPTH} levels deep`);
    if (yaml.isAlias(node)) return this.build(node.resolve(this.#document), depth + 1);
    if (yaml.isMap(node)) {
      return { kind: "map", at, entries: node.items.map((pair) => this.#entry(pair, at, depth)) };
    }
    if (yaml.isSeq(node)) {
      return { kind: "list", at, items: node.items.map((item) => this.build(item, depth + 1)) };
    }
    return { kind: "scalar", at, value: yaml.isScalar(node) ? this.#scalar(node.value, at) : null };
  }

  #entry(pair: yaml.Pair, mapAt: Position, depth: number): MapEntry {
    const keyAt = yaml.isNode(pair.key) ? this.#position(pair.key) : mapAt;
    const key = yaml.isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof key !== "string" && typeof key !== "bigint" && typeof key !== "number" && typeof key !== "boolean") {
      throw new TreeError(keyAt, "a key must be a plain text");
    }
    const value = yaml.isNode(pair.value)
      ? this.build(pair.value, depth + 1)
      : ({ kind: "scalar", at: keyAt, value: null } as const);
    return { key: String(key), keyAt, value };
  }

  #scalar(value: unknown, at: Position): Scalar {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return value;
    // Only integers that a double cannot hold stay bigint, so that the usual ones compare fast.
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    throw new TreeError(at, "expected a text, number, boolean or null");
  }

  #position(node: unknown): Position {
    return positionOf(yaml.isNode(node) ? node.range?.[0] : undefined, this.#lines);
  }
}

/** The value under `key`, or undefined when the map has none. */
export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** Where a path of keys and indexes leads; as far as it can be followed. */
export function positionAt(node: RuleNode, path: readonly PropertyKey[], atKey = false): Position {
  let at = node.at;
  let current: RuleNode | undefined = node;
  for (const [index, part] of path.entries()) {
    if (current?.kind === "map") {
      const entry: MapEntry | undefined = entryOf(current, String(part));
      if (entry === undefined) return at;
      at = atKey && index === path.length - 1 ? entry.keyAt : entry.value.at;
      current = entry.value;
    } else if (current?.kind === "list") {
      current = current.items[Number(part)];
      if (current === undefined) return at;
      at = current.at;
    } else return at;
  }
  return at;
}

/** The value without its places. Maps have no prototype, so `__proto__` is a key like any other. */
export function toPlain(node: RuleNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries) plain[key] = toPlain(value);
  return plain;
}
