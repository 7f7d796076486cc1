import type { Clock } from "#core/context.ts";
import { PermanentError } from "#core/errors.ts";
import type { TidbAdmin } from "#tidb/admin/admin.ts";
import type { ActionEnvironment } from "../../playbooks/action.ts";
import { type LoggedLine, recordingLogger } from "./fake-context.ts";
import { manualClock } from "./manual-clock.ts";

/** What an action gets from the responder; the clusters are those that are handed in. */
export function fakeActionEnvironment(
  clusters: Readonly<Record<string, TidbAdmin>> = {},
  clock: Clock = manualClock(),
): ActionEnvironment & { readonly lines: readonly LoggedLine[] } {
  const { log, lines } = recordingLogger();
  return {
    clock,
    log,
    lines,
    cluster(name) {
      const admin = clusters[name];
      if (admin === undefined) throw new PermanentError(`no cluster ${name}`);
      return admin;
    },
  };
}
