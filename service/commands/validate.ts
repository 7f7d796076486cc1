import { systemClock } from "../clock.ts";
import { ConfigurationError } from "../config/placed-issue.ts";
import { Service } from "../service.ts";
import { createOwnLog } from "../telemetry/logger.ts";
import type { Command } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

export const validateCommand: Command = {
  summary: "check a configuration and build its graph without starting anything",
  async run(options, host) {
    try {
      const { config } = loadChecked(options, host);
      void new Service(config, createOwnLog(config.service.telemetry.logs, host.err), systemClock);
      host.out.write("configuration is valid\n");
      return 0;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      if (options.json) host.out.write(`${JSON.stringify({ issues: error.issues })}\n`);
      const count = error.issues.length;
      host.err.write(
        `${error.message}\n${count} ${count === 1 ? "mistake" : "mistakes"} in the configuration, nothing was started\n`,
      );
      return 1;
    }
  },
};
