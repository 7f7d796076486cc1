import { pick } from "#test/oracle/random.ts";
import type { Family, Life, Stage } from "../family.ts";
import { cutPower } from "../power-cut.ts";

/** Operations on the disk of a life, about. */
const MOST_OPERATIONS = 700;

/** The machine loses power: what was not synced may be gone. */
export const powerCutFamilies: Readonly<Record<string, Family>> = {
  power_cut: { lives: (stage) => [cut(stage), cut(stage), cut(stage)] },
};

function cut({ path, random }: Stage): Life {
  const journal = `${path}-journal`;
  return {
    // Early ones are more interesting: that is where files and folders are made.
    inside: {
      kind: "power",
      root: path,
      journal,
      nth: 1 + Math.floor(random() ** 2 * MOST_OPERATIONS),
      when: pick(random, ["before", "during", "after"] as const),
    },
    end: "SIGKILL",
    afterwards: (stage) => cutPower(stage.path, journal, stage.random),
  };
}
