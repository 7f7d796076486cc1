import { TidewatchError } from "#core/errors.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { listRuns } from "#store/runs.ts";
import { showRun } from "../../playbooks/operate.ts";
import type { Command } from "./command.ts";
import { jsonLine } from "./json-line.ts";
import { limitOf } from "./list-limit.ts";
import { withStore } from "./open-store.ts";
import { renderRun } from "./render-run.ts";

export const runsCommand: Command = {
  summary: "list the runs of playbooks, or show one with its plan and history",
  usage: "[RUN] [--limit N]",
  run: (options, host) =>
    withStore(options, host, async (store) => {
      const [id] = options.positionals;
      if (id !== undefined) {
        const view = await showRun(store, id);
        if (view === undefined)
          throw new TidewatchError(`there is no run "${terminalText(id, 100)}"`, { code: "unknown_run" });
        host.out.write(options.json ? jsonLine(view) : renderRun(view));
        return 0;
      }
      const runs = await listRuns(store, { limit: limitOf("runs", options) });
      if (options.json) host.out.write(jsonLine(runs));
      else if (runs.length === 0) host.out.write("no runs yet\n");
      for (const run of options.json ? [] : runs) {
        const title = (run.alert as { title?: unknown }).title;
        const what = terminalText(typeof title === "string" ? title : "", 60);
        host.out.write(
          `${run.id}  ${run.createdAt.toISOString()}  ${run.state.padEnd(16)} ${run.playbook.padEnd(24)} ${what}\n`,
        );
      }
      return 0;
    }),
};
