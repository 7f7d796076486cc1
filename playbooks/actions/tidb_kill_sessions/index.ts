import * as z from "zod";
import { refuseUserName } from "#tidb/admin/account-name.ts";
import { type Action, defineAction, type Plan } from "../../action.ts";
import { killAll } from "./kill-all.ts";

const fields = {
  cluster: z.string().min(1).describe("Name of the cluster in the responder's `clusters`."),
  user: z.string().describe("User name, exactly; sessions of every account with this name end."),
};

const input = z.strictObject(fields);

const target = z.strictObject(fields).superRefine(({ user }, context) => {
  const message = refuseUserName(user);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

type Target = z.output<typeof target>;

export const tidbKillSessions = defineAction({
  type: "tidb.kill_sessions",
  summary: "Ends a TiDB user's sessions on all servers, and those that come up later while the effect stands.",
  risk: "contain",
  lasting: true,
  permissions: ["GRANT PROCESS, CONNECTION_ADMIN ON *.*", "GRANT SELECT ON mysql.user"],
  input,
  target,
  settings: z.strictObject({}),
  create(_settings, { cluster, clock, log }): Action<z.output<typeof input>, Target> {
    const kill = async ({ cluster: name, user }: Target, signal: AbortSignal): Promise<void> => {
      const killed = await killAll(cluster(name), user, clock, signal);
      if (killed > 0) log.info({ cluster: name, user, sessions: killed }, "killed sessions");
    };
    return {
      async plan(wanted, signal): Promise<Plan<Target>> {
        const { user } = wanted;
        const refused = (reason: string): Plan<Target> => ({ steps: [], refused: [{ what: user, reason }] });
        const problem = refuseUserName(user);
        if (problem !== undefined) return refused(problem);
        const admin = cluster(wanted.cluster);
        if (user === admin.user) return refused("this is the responder's own user");
        // TiDB would let us: CONNECTION_ADMIN kills the sessions of accounts that it may not change.
        const accounts = await admin.accountsNamed(user, signal);
        if (accounts.some(({ isSuper }) => isSuper)) return refused("an account of this user has SUPER");
        const says = `KILL TIDB CONNECTION for every session of user ${JSON.stringify(user)} on cluster ${wanted.cluster}`;
        const key = `tidb.kill_sessions ${wanted.cluster} ${JSON.stringify(user)}`;
        return {
          steps: [{ says: `${says}, again and again while the effect stands`, key, target: wanted }],
          refused: [],
        };
      },
      apply: (step, _effect, signal) => kill(step.target, signal),
      // A kill leaves no mark that one could ask for; `apply` itself looks until nobody is left.
      probe: () => Promise.resolve("unknown"),
      undo: () => Promise.resolve(),
      // A session that has run nothing yet is in no list and survives everything: it has to be met again.
      maintain: (step, _effect, signal) => kill(step.target, signal),
    };
  },
});
