import { nearestName } from "#core/nearest-name.ts";
import type { Access } from "./access.ts";
import { Arguments } from "./arguments.ts";
import { calculate } from "./arithmetic.ts";
import { compare } from "./compare.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { EditFrame, Frame, Getter, Test } from "./frame.ts";
import type { ConverterDefinition } from "./function-definition.ts";
import { CONVERTERS, EDITORS } from "./functions.ts";
import { readAt, toKey } from "./indexing.ts";
import type { Mistakes } from "./mistake.ts";
import { resolvePath } from "./paths.ts";
import type { CompileScope, ContextName } from "./scope.ts";
import { severityNumber, SEVERITY_NAMES } from "./severity-names.ts";
import type { CallNode, ConditionNode, PathNode, StatementNode, ValueNode } from "./syntax.ts";
import { fromAttribute, isList, isMap, newMap, toAttribute, typeName, type Value } from "./value.ts";

const NIL: Getter = () => null;

/** Turns parsed statements into functions, once; mistakes go to the collector. */
export class Compiler implements CompileScope {
  readonly context: ContextName;
  readonly mistakes: Mistakes;

  constructor(context: ContextName, mistakes: Mistakes) {
    this.context = context;
    this.mistakes = mistakes;
  }

  /** Runs the editor where the condition holds; tells whether it did. */
  statement({ editor, where }: StatementNode): (frame: EditFrame) => boolean {
    const test = where === undefined ? undefined : this.condition(where);
    const definition = EDITORS.get(editor.name);
    if (definition === undefined) {
      this.mistakes.add(editor.at, `unknown editor "${editor.name}"`, nearestName(editor.name, EDITORS.keys()));
      return () => false;
    }
    const run = definition.build(new Arguments(editor, definition.parameters, this));
    return (frame) => {
      if (test !== undefined && !test(frame)) return false;
      run(frame);
      return true;
    };
  }

  condition(node: ConditionNode): Test {
    switch (node.kind) {
      case "and": {
        const tests = node.operands.map((operand) => this.condition(operand));
        return (frame) => tests.every((test) => test(frame));
      }
      case "or": {
        const tests = node.operands.map((operand) => this.condition(operand));
        return (frame) => tests.some((test) => test(frame));
      }
      case "not": {
        const test = this.condition(node.operand);
        return (frame) => !test(frame);
      }
      case "comparison": {
        const left = this.value(node.left);
        const right = this.value(node.right);
        const { operator } = node;
        return (frame) => compare(operator, left(frame), right(frame));
      }
      case "literal": {
        const holds = node.value === true;
        return () => holds;
      }
      default: {
        const get = this.value(node);
        const { name } = node;
        return (frame) => {
          const value = get(frame);
          if (typeof value === "boolean") return value;
          throw new EvaluationError(`${name} is used as a condition but gave ${typeName(value)}`);
        };
      }
    }
  }

  value(node: ValueNode): Getter {
    switch (node.kind) {
      case "literal": {
        const { value } = node;
        return () => value;
      }
      case "enum": {
        const value = severityNumber(node.name);
        if (value !== undefined) return () => value;
        this.mistakes.add(node.at, `unknown name "${node.name}"`, nearestName(node.name, SEVERITY_NAMES));
        return NIL;
      }
      case "path":
        return this.access(node)?.read ?? NIL;
      case "call":
        return this.#converterCall(node);
      case "list": {
        const items = node.items.map((item) => this.value(item));
        return (frame) => items.map((item) => toAttribute(item(frame)));
      }
      case "map": {
        const entries = node.entries.map(([key, member]) => [key, this.value(member)] as const);
        return (frame) => {
          const map = newMap();
          for (const [key, member] of entries) map[key] = toAttribute(member(frame));
          return map;
        };
      }
      default: {
        const first = this.value(node.first);
        const rest = node.rest.map(({ operator, operand }) => ({ operator, operand: this.value(operand) }));
        return (frame) =>
          rest.reduce<Value>((sum, { operator, operand }) => calculate(operator, sum, operand(frame)), first(frame));
      }
    }
  }

  access(node: PathNode): Access | undefined {
    return resolvePath(node, this);
  }

  converterNamed(name: string, at: number): ((value: Getter) => Getter) | undefined {
    const definition = this.#converter(name, at);
    if (definition === undefined) return undefined;
    const [first, ...others] = definition.parameters;
    if (first === undefined || others.some((parameter) => !parameter.endsWith("?"))) {
      this.mistakes.add(at, `${name} does not take exactly one value`);
      return undefined;
    }
    return (value) => {
      const given: CallNode = {
        kind: "call",
        name,
        arguments: [{ name: undefined, value: { kind: "literal", value: null, at }, at }],
        keys: [],
        at,
      };
      return definition.build(new Arguments(given, definition.parameters, new GivenValue(this, value)));
    };
  }

  #converterCall(node: CallNode): Getter {
    const definition = this.#converter(node.name, node.at);
    if (definition === undefined) return NIL;
    const get = definition.build(new Arguments(node, definition.parameters, this));
    if (node.keys.length === 0) return get;
    const keys = node.keys.map((key) => this.value(key));
    return (frame) => elementOf(get(frame), keys, frame, node.name);
  }

  #converter(name: string, at: number): ConverterDefinition | undefined {
    const definition = CONVERTERS.get(name);
    if (definition === undefined)
      this.mistakes.add(at, `unknown converter "${name}"`, nearestName(name, CONVERTERS.keys()));
    return definition;
  }
}

/** The compiler's scope for a converter whose one value comes from elsewhere. */
class GivenValue implements CompileScope {
  readonly context: ContextName;
  readonly mistakes: Mistakes;
  readonly #get: Getter;

  constructor({ context, mistakes }: CompileScope, get: Getter) {
    this.context = context;
    this.mistakes = mistakes;
    this.#get = get;
  }

  value(): Getter {
    return this.#get;
  }

  access(): undefined {
    return undefined;
  }

  converterNamed(): undefined {
    return undefined;
  }
}

/** Unlike a path, a converter's result must have the key (pkg/ottl/LANGUAGE.md, "Converters"). */
function elementOf(value: Value, keys: readonly Getter[], frame: Frame, name: string): Value {
  if (!isList(value) && !isMap(value))
    throw new EvaluationError(`${name} gave ${typeName(value)}, which cannot be indexed`);
  const element = readAt(
    value,
    keys.map((key) => toKey(key(frame))),
  );
  if (element === undefined) throw new EvaluationError(`${name} gave no such key`);
  return fromAttribute(element);
}
