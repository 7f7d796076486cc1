import { TidewatchError } from "#core/errors.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { checkConfig, type PreparedConfig } from "../config/check-config.ts";
import { loadConfig } from "../config/load.ts";
import { type Located, partAt, withPart } from "../config/located.ts";
import { issueText } from "../config/placed-issue.ts";
import type { CommandHost, CommandOptions } from "./command.ts";

/** The configuration that the options name, checked; its warnings go to standard error. */
export function loadChecked(options: CommandOptions, host: CommandHost): { config: PreparedConfig; root: Located } {
  if (options.config.length === 0 && options.set.length === 0) {
    throw new TidewatchError("no configuration given: use --config FILE (config/tidewatch.yaml is a good start)", {
      code: "no_config",
    });
  }
  const { root: written, warnings } = loadConfig({ configs: options.config, sets: options.set }, host.env);
  const root = options.strict ? withStrictRules(written) : written;
  const config = checkConfig(root, COMPONENT_LISTS);
  for (const warning of [...warnings, ...config.warnings]) host.err.write(`warning: ${issueText(warning)}\n`);
  return { config, root };
}

/** `--strict` is `strict: true` in every detect processor. */
function withStrictRules(root: Located): Located {
  const processors = partAt(root, ["processors"]);
  if (processors?.kind !== "map") return root;
  const detectors = [...processors.entries.keys()].filter((id) => id.split("/")[0]?.trim() === "detect");
  const place = { source: "--strict", line: 1, column: 1 };
  return detectors.reduce<Located>(
    (part, id) => withPart(part, ["processors", id, "strict"], { kind: "scalar", place, value: true }),
    root,
  );
}
