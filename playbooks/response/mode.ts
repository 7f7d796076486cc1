import type { Risk } from "../action.ts";
import { MODES, type Mode } from "../language/playbook.ts";

/** The operator's ceilings, beside those of the playbook. */
export interface ModePolicy {
  readonly global: Mode;
  readonly clusters: Readonly<Record<string, Mode>>;
  readonly actions: Readonly<Record<string, Mode>>;
}

/** The lowest of all ceilings; what is not set does not lower it. */
export function lowestMode(...ceilings: readonly (Mode | undefined)[]): Mode {
  const ranks = ceilings.filter((mode) => mode !== undefined).map((mode) => MODES.indexOf(mode));
  return MODES[Math.min(MODES.length - 1, ...ranks)] as Mode;
}

/**
 * What a risk makes of a mode: destroying always asks a person, and a notification never does, as it breaks nothing
 * and must not wait for anybody.
 */
export function modeForRisk(mode: Mode, risk: Risk): Mode {
  if (risk === "destroy") return lowestMode(mode, "approve");
  return risk === "notify" && mode === "approve" ? "enforce" : mode;
}
