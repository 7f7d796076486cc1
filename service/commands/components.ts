import { stringify } from "yaml";
import type { AnyFactory } from "#core/factory.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const componentsCommand: Command = {
  summary: "list the components that a configuration may use",
  async run(options, host) {
    const listed = Object.fromEntries(
      Object.entries(COMPONENT_LISTS).map(([kind, factories]: [string, readonly AnyFactory[]]) => [
        kind,
        factories
          .map(({ type, stability, summary }) => ({ name: type, stability: { logs: stability }, summary }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ]),
    );
    const report = { buildinfo: { command: "tidewatch", version: VERSION }, ...listed };
    host.out.write(options.json ? `${JSON.stringify(report)}\n` : stringify(report, { lineWidth: 0 }));
    return 0;
  },
};
