import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const versionCommand: Command = {
  summary: "print the version",
  async run(_options, host) {
    host.out.write(`tidewatch ${VERSION} (node ${process.versions.node})\n`);
    return 0;
  },
};
