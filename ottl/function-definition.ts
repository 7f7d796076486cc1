import type { Arguments } from "./arguments.ts";
import type { Editor, Getter } from "./frame.ts";

interface FunctionDefinition<Built> {
  readonly name: string;
  /** In order; those that may be left out end with `?`. */
  readonly parameters: readonly string[];
  /** Called once per call in a statement; the result runs once per record. */
  build(args: Arguments): Built;
}

export type EditorDefinition = FunctionDefinition<Editor>;
export type ConverterDefinition = FunctionDefinition<Getter>;

export function editor(
  name: string,
  parameters: readonly string[],
  build: (args: Arguments) => Editor,
): EditorDefinition {
  return { name, parameters, build };
}

export function converter(
  name: string,
  parameters: readonly string[],
  build: (args: Arguments) => Getter,
): ConverterDefinition {
  return { name, parameters, build };
}
