import { approve, deny, undo } from "../../playbooks/operate.ts";
import type { Command, CommandOptions } from "./command.ts";
import { withStore } from "./open-store.ts";
import { usage } from "./usage.ts";

export const approveCommand: Command = {
  summary: "consent to exactly the plan that has this digest",
  usage: "RUN DIGEST --by NAME",
  run: (options, host) =>
    withStore(options, host, async (store) => {
      const step = await approve(store, decisionOf(options, "approve"));
      host.out.write(`step ${step} is approved\n`);
      return 0;
    }),
};

export const denyCommand: Command = {
  summary: "refuse the plan that has this digest",
  usage: "RUN DIGEST --by NAME",
  run: (options, host) =>
    withStore(options, host, async (store) => {
      const step = await deny(store, decisionOf(options, "deny"));
      host.out.write(`step ${step} is denied\n`);
      return 0;
    }),
};

export const undoCommand: Command = {
  summary: "take back now what a run still holds",
  usage: "RUN --by NAME",
  run: (options, host) =>
    withStore(options, host, async (store) => {
      const [run] = options.positionals;
      if (run === undefined || options.by === undefined) throw usage("undo RUN --by NAME");
      const released = await undo(store, { run, by: options.by });
      host.out.write(
        `${released} ${released === 1 ? "effect" : "effects"} will be taken back and checked by the responder\n`,
      );
      return 0;
    }),
};

function decisionOf({ positionals, by }: CommandOptions, verb: string): { run: string; digest: string; by: string } {
  const [run, digest] = positionals;
  if (run === undefined || digest === undefined || by === undefined) throw usage(`${verb} RUN DIGEST --by NAME`);
  return { run, digest, by };
}
