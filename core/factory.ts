import type * as z from "zod";
import type { Exporter, Extension, Processor, Receiver } from "./component.ts";
import type { Consumer } from "./consumer.ts";
import type { Context } from "./context.ts";
import { parseConfig } from "./parse-config.ts";

type Stability = "alpha" | "beta" | "stable";

/** What a component list holds. Not generic over the schema, so that lists need no `any`. */
interface Factory<Kind extends string = string, Build = unknown> {
  readonly kind: Kind;
  /** snake_case; equals the folder's name. */
  readonly type: string;
  /** Old spellings of `type`, accepted with a warning. */
  readonly deprecatedTypes: readonly string[];
  readonly stability: Stability;
  /** One sentence: what it does. */
  readonly summary: string;
  readonly schema: z.ZodType;
  /**
   * Checks a raw configuration and returns what builds the component. No I/O; the builder starts nothing either.
   * @throws ConfigError with every mistake.
   */
  prepare(raw: unknown): Build;
}

export type BuildReceiver = (context: Context, next: Consumer) => Receiver;
/** `emitted` takes the records that a processor makes beside those that pass through (the alerts of `detect`). */
export type BuildProcessor = (context: Context, next: Consumer, emitted: Consumer) => Processor;
export type BuildExporter = (context: Context) => Exporter;
export type BuildExtension = (context: Context) => Extension;

export type ReceiverFactory = Factory<"receiver", BuildReceiver>;
export interface ProcessorFactory extends Factory<"processor", BuildProcessor> {
  /** Pipelines may name this processor as a receiver: they get what it emits. */
  readonly emits: boolean;
}
export type ExporterFactory = Factory<"exporter", BuildExporter>;
export type ExtensionFactory = Factory<"extension", BuildExtension>;
export type AnyFactory = ReceiverFactory | ProcessorFactory | ExporterFactory | ExtensionFactory;

interface Declaration<S extends z.ZodType> {
  readonly type: string;
  readonly deprecated_types?: readonly string[];
  readonly stability: Stability;
  readonly summary: string;
  readonly config: S;
}

function declare<Kind extends string, S extends z.ZodType, Build>(
  kind: Kind,
  declaration: Declaration<S>,
  build: (options: z.output<S>) => Build,
): Factory<Kind, Build> {
  const { type, stability, summary, config } = declaration;
  return {
    kind,
    type,
    deprecatedTypes: declaration.deprecated_types ?? [],
    stability,
    summary,
    schema: config,
    prepare: (raw) => build(parseConfig(config, raw)),
  };
}

export function defineReceiver<S extends z.ZodType>(
  declaration: Declaration<S> & { create(options: z.output<S>, context: Context, next: Consumer): Receiver },
): ReceiverFactory {
  return declare("receiver", declaration, (options) => (context, next) => declaration.create(options, context, next));
}

export function defineProcessor<S extends z.ZodType>(
  declaration: Declaration<S> & {
    readonly emits?: boolean;
    create(options: z.output<S>, context: Context, next: Consumer, emitted: Consumer): Processor;
  },
): ProcessorFactory {
  const build =
    (options: z.output<S>): BuildProcessor =>
    (context, next, emitted) =>
      declaration.create(options, context, next, emitted);
  return { ...declare("processor", declaration, build), emits: declaration.emits ?? false };
}

export function defineExporter<S extends z.ZodType>(
  declaration: Declaration<S> & { create(options: z.output<S>, context: Context): Exporter },
): ExporterFactory {
  return declare("exporter", declaration, (options) => (context) => declaration.create(options, context));
}

export function defineExtension<S extends z.ZodType>(
  declaration: Declaration<S> & { create(options: z.output<S>, context: Context): Extension },
): ExtensionFactory {
  return declare("extension", declaration, (options) => (context) => declaration.create(options, context));
}
