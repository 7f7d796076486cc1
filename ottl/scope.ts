import type { Getter } from "./frame.ts";
import type { Mistakes } from "./mistake.ts";
import type { Access } from "./access.ts";
import type { PathNode, ValueNode } from "./syntax.ts";

/** Where a statement runs: once per record, or once per batch on what its records share. */
export type ContextName = "log" | "resource" | "scope";

export const CONTEXT_NAMES: readonly ContextName[] = ["resource", "scope", "log"];

/** What functions need of the compiler. */
export interface CompileScope {
  readonly context: ContextName;
  readonly mistakes: Mistakes;
  value(node: ValueNode): Getter;
  /** Undefined after a mistake. */
  access(node: PathNode): Access | undefined;
  /** A converter that takes one value, as a function; undefined after a mistake. */
  converterNamed(name: string, at: number): ((value: Getter) => Getter) | undefined;
}
