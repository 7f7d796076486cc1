import type { AttributeEditor } from "#core/attribute-draft.ts";
import { compilePattern, type Pattern } from "#core/pattern.ts";
import { nearestName } from "#core/nearest-name.ts";
import type { Access } from "./access.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { EditFrame, Frame, Getter } from "./frame.ts";
import type { CompileScope } from "./scope.ts";
import type { ArgumentNode, CallNode, FunctionNode, ValueNode } from "./syntax.ts";
import { typeName, type Value } from "./value.ts";

const NIL: Getter = () => null;

/**
 * The arguments of one call, by the names of the function's parameters. Every accessor tells its mistakes itself and
 * then gives something harmless, so that all mistakes of a call are found.
 */
export class Arguments {
  readonly #call: CallNode;
  readonly #scope: CompileScope;
  readonly #given = new Map<string, ArgumentNode>();

  /** `parameters` in order; those that may be left out end with `?`. */
  constructor(call: CallNode, parameters: readonly string[], scope: CompileScope) {
    this.#call = call;
    this.#scope = scope;
    const names = parameters.map((name) => name.replace("?", ""));
    const before = scope.mistakes.found.length;
    let named = false;
    for (const [position, argument] of call.arguments.entries()) {
      named ||= argument.name !== undefined;
      if (named && argument.name === undefined) {
        this.#mistake(argument.at, "arguments without a name stand before those with one");
        continue;
      }
      const name =
        argument.name === undefined ? names[position] : names.find((known) => sameName(known, argument.name));
      if (name === undefined) this.#tooMany(argument, names);
      else if (this.#given.has(name)) this.#mistake(argument.at, `${name} is given twice`);
      else this.#given.set(name, argument);
    }
    const missing = parameters.filter((name) => !name.endsWith("?") && !this.#given.has(name));
    // A name that was mistyped is missing, too: one mistake is told once.
    if (missing.length > 0 && scope.mistakes.found.length === before)
      this.#mistake(call.at, `${call.name}(${parameters.join(", ")}) lacks ${missing.join(", ")}`);
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  any(name: string): Getter {
    const node = this.#value(name);
    return node === undefined ? NIL : this.#scope.value(node);
  }

  /** A value that must be of one type when the statement runs. */
  typed<T extends Value>(name: string, what: string, is: (value: Value) => value is T): (frame: Frame) => T {
    const get = this.any(name);
    const { name: call } = this.#call;
    return (frame) => {
      const value = get(frame);
      if (is(value)) return value;
      throw new EvaluationError(`${call}: ${name} must be a ${what}, got ${typeName(value)}`);
    };
  }

  string(name: string): (frame: Frame) => string {
    return this.typed(name, "string", (value): value is string => typeof value === "string");
  }

  int(name: string): (frame: Frame) => bigint {
    return this.typed(name, "int", (value): value is bigint => typeof value === "bigint");
  }

  /** The elements of a list that is written out in the statement. */
  items(name: string): Getter[] {
    const node = this.#value(name);
    if (node?.kind === "list") return node.items.map((item) => this.#scope.value(item));
    if (node !== undefined) this.#mistake(node.at, `${name} must be a list such as ["a", "b"]`);
    return [];
  }

  literalString(name: string, valid?: readonly string[]): string {
    const value = this.#literal(name, "a string", (given) => typeof given === "string");
    if (typeof value !== "string") return "";
    if (valid !== undefined && !valid.includes(value)) {
      const { at } = this.#given.get(name) as ArgumentNode;
      this.#mistake(at, `${name} must be one of ${valid.join(", ")}, not "${value}"`, nearestName(value, valid));
    }
    return value;
  }

  /** A count or size: a whole number that is not negative. */
  literalCount(name: string): number {
    const value = this.#literal(name, "a whole number from 0", (given) => typeof given === "bigint" && given >= 0n);
    return Math.min(Number(value ?? 0), Number.MAX_SAFE_INTEGER);
  }

  literalBool(name: string): boolean {
    return this.#literal(name, "true or false", (given) => typeof given === "boolean") === true;
  }

  literalStrings(name: string): string[] {
    const node = this.#value(name);
    if (node === undefined) return [];
    const texts =
      node.kind === "list" ? node.items.map((item) => (item.kind === "literal" ? item.value : null)) : [null];
    if (texts.every((text) => typeof text === "string")) return texts;
    this.#mistake(node.at, `${name} must be a list of strings such as ["a", "b"]`);
    return [];
  }

  /** A regular expression. It must be written in the statement: one from a record would be a stranger's. */
  pattern(name: string): Pattern | undefined {
    return this.compiled(name, compilePattern);
  }

  /** A string of the statement, compiled; `compile` gives a text when it cannot. */
  compiled<T extends object>(name: string, compile: (source: string) => T | string): T | undefined {
    const before = this.#scope.mistakes.found.length;
    const source = this.literalString(name);
    if (this.#scope.mistakes.found.length > before || !this.has(name)) return undefined;
    const compiled = compile(source);
    if (typeof compiled !== "string") return compiled;
    this.#mistake((this.#given.get(name) as ArgumentNode).at, `${name}: ${compiled}`);
    return undefined;
  }

  /** A list of strings of the statement, compiled; `compile` gives a text when it cannot. */
  compiledStrings<T extends object>(name: string, compile: (sources: readonly string[]) => T | string): T | undefined {
    const compiled = compile(this.literalStrings(name));
    if (typeof compiled !== "string") return compiled;
    this.#mistake((this.#given.get(name) as ArgumentNode).at, `${name}: ${compiled}`);
    return undefined;
  }

  /** A path that can be set. */
  target(name: string): { readonly read: Getter; readonly write: NonNullable<Access["write"]> } {
    const access = this.#path(name);
    if (access?.write !== undefined) return { read: access.read, write: access.write };
    return { read: NIL, write: () => {} };
  }

  /** A path to a map whose members are changed. */
  map(name: string): (frame: EditFrame) => AttributeEditor {
    const members = this.#path(name)?.members;
    if (members === undefined && this.#value(name)?.kind === "path") {
      const { at } = this.#given.get(name) as ArgumentNode;
      this.#mistake(at, `${name} must be a path to a map, such as log.attributes`);
    }
    return members ?? (() => raise("no map"));
  }

  /** A converter handed over by its name (`SHA256`). */
  converter(name: string): ((value: Getter) => Getter) | undefined {
    const node = this.#given.get(name)?.value;
    if (node === undefined) return undefined;
    if (node.kind === "function" || node.kind === "enum") return this.#scope.converterNamed(node.name, node.at);
    this.#mistake(node.at, `${name} must be the name of a converter, such as SHA256`);
    return undefined;
  }

  #path(name: string): Access | undefined {
    const node = this.#value(name);
    if (node === undefined) return undefined;
    if (node.kind !== "path") {
      this.#mistake(node.at, `${name} must be a path, such as log.attributes["key"]`);
      return undefined;
    }
    const access = this.#scope.access(node);
    if (access !== undefined && access.write === undefined) {
      this.#mistake(node.at, "this field can only be read");
      return undefined;
    }
    return access;
  }

  #value(name: string): ValueNode | undefined {
    const node: ValueNode | FunctionNode | undefined = this.#given.get(name)?.value;
    if (node?.kind !== "function") return node;
    this.#mistake(node.at, `${node.name} is a converter; call it with (`);
    return undefined;
  }

  #literal(name: string, what: string, is: (value: Value) => boolean): Value | undefined {
    const node = this.#value(name);
    if (node === undefined) return undefined;
    if (node.kind === "literal" && is(node.value)) return node.value;
    this.#mistake(node.at, `${name} must be ${what} that is written in the statement`);
    return undefined;
  }

  #tooMany({ at, name }: ArgumentNode, names: readonly string[]): void {
    const takes = names.length === 0 ? "no arguments" : names.join(", ");
    if (name === undefined) this.#mistake(at, `one argument too many; ${this.#call.name} takes ${takes}`);
    else this.#mistake(at, `unknown argument "${name}"; ${this.#call.name} takes ${takes}`, nearestName(name, names));
  }

  #mistake(at: number, message: string, suggestion?: string): void {
    this.#scope.mistakes.add(at, message, suggestion);
  }
}

/** The documents write argument names in both styles: `resolveConflicts`, `utf8_safe`. */
function sameName(known: string, given: string | undefined): boolean {
  return given !== undefined && known === given.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function raise(message: string): never {
  throw new EvaluationError(message);
}
