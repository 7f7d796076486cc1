import { TidewatchError } from "#core/errors.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { checkConfig, type PreparedConfig } from "../config/check-config.ts";
import { loadConfig } from "../config/load.ts";
import type { Located } from "../config/located.ts";
import { issueText } from "../config/placed-issue.ts";
import type { CommandHost, CommandOptions } from "./command.ts";

/** The configuration that the options name, checked; its warnings go to standard error. */
export function loadChecked(options: CommandOptions, host: CommandHost): { config: PreparedConfig; root: Located } {
  if (options.config.length === 0 && options.set.length === 0) {
    throw new TidewatchError("no configuration given: use --config FILE (config/tidewatch.yaml is a good start)", {
      code: "no_config",
    });
  }
  const { root, warnings } = loadConfig({ configs: options.config, sets: options.set }, host.env);
  const config = checkConfig(root, COMPONENT_LISTS);
  for (const warning of [...warnings, ...config.warnings]) host.err.write(`warning: ${issueText(warning)}\n`);
  return { config, root };
}
