import type { Test } from "#ottl/frame.ts";
import type { ConfiguredGroup, ErrorMode } from "#ottl/settings.ts";

/** One condition that drops. */
export interface DropRule {
  readonly test: Test;
  /** Where it stands in the configuration, for people. */
  readonly place: string;
  readonly errorMode: ErrorMode;
}

export interface DropRules {
  /** Asked once per batch, about what its records share. */
  readonly shared: readonly DropRule[];
  readonly perRecord: readonly DropRule[];
}

interface Settings {
  readonly error_mode: ErrorMode;
  readonly logs?:
    | { readonly resource?: ConfiguredGroup | undefined; readonly log_record?: ConfiguredGroup | undefined }
    | undefined;
  readonly log_conditions?: readonly ConfiguredGroup[] | undefined;
}

/** The conditions of both ways to write them, those about the resource first. */
export function toRules({ error_mode, logs, log_conditions }: Settings): DropRules {
  const named: (readonly [string, ConfiguredGroup | undefined])[] = [
    ["logs::resource", logs?.resource],
    ["logs::log_record", logs?.log_record],
    ...(log_conditions ?? []).map((group, i) => [`log_conditions::${i}`, group] as const),
  ];
  const rules = named.flatMap(([name, group]) =>
    (group?.conditions ?? []).map((test, i) => ({
      shared: group?.context !== "log",
      rule: { test, place: `${name}::${i}`, errorMode: group?.errorMode ?? error_mode },
    })),
  );
  return {
    shared: rules.filter(({ shared }) => shared).map(({ rule }) => rule),
    perRecord: rules.filter(({ shared }) => !shared).map(({ rule }) => rule),
  };
}
