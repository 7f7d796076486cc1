import { EvaluationError } from "./evaluation-error.ts";
import type { ArithmeticOperator } from "./syntax.ts";
import { Duration, Time, typeName, type Value } from "./value.ts";

/**
 * One operation by the rules of pkg/ottl/LANGUAGE.md, "Math Expressions": no mixing of int and double, whole division
 * of ints, int64 that wraps as Go's does, times and durations with + and - only.
 * @throws EvaluationError for other types and for division by zero.
 */
export function calculate(operator: ArithmeticOperator, a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return BigInt.asIntN(64, ofInts(operator, a, b));
  if (typeof a === "number" && typeof b === "number") return ofDoubles(operator, a, b);
  const ofTimes = operator === "+" || operator === "-" ? timeResult(operator, a, b) : undefined;
  if (ofTimes !== undefined) return ofTimes;
  throw new EvaluationError(`${typeName(a)} ${operator} ${typeName(b)} cannot be calculated`);
}

function ofInts(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    default:
      if (b === 0n) throw new EvaluationError("division by zero");
      return a / b;
  }
}

function ofDoubles(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    default:
      if (b === 0) throw new EvaluationError("division by zero");
      return a / b;
  }
}

function timeResult(operator: "+" | "-", a: Value, b: Value): Value | undefined {
  const sign = operator === "+" ? 1n : -1n;
  if (a instanceof Time && b instanceof Duration) return new Time(a.unixNano + sign * b.nanos, a.offsetSeconds);
  if (a instanceof Time && b instanceof Time && operator === "-") return new Duration(a.unixNano - b.unixNano);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + sign * b.nanos);
  if (a instanceof Duration && b instanceof Time && operator === "+")
    return new Time(b.unixNano + a.nanos, b.offsetSeconds);
  return undefined;
}
