import * as z from "zod";
import { parseAccountName, quoteAccount, refuseUserName } from "#tidb/admin/account-name.ts";
import type { Account, TidbAdmin } from "#tidb/admin/admin.ts";
import { type Action, defineAction, type Plan, type PlannedStep } from "../../action.ts";

const input = z.strictObject({
  cluster: z.string().min(1).describe("Name of the cluster in the responder's `clusters`."),
  user: z.string().describe("User name; every account with this name is locked."),
  host: z.string().optional().describe("Lock only the account with this host part (`10.0.%`)."),
});

const target = z
  .strictObject({ cluster: z.string().min(1), user: z.string(), host: z.string() })
  .superRefine(({ user, host }, context) => {
    const name = parseAccountName(user, host);
    if (typeof name === "string") context.addIssue({ code: "custom", message: name });
  });

type Input = z.output<typeof input>;
type Target = z.output<typeof target>;

export const tidbLockUser = defineAction({
  type: "tidb.lock_user",
  summary: "Locks TiDB accounts against new logins; sessions that are open go on until they are killed.",
  risk: "contain",
  lasting: true,
  permissions: ["GRANT PROCESS, CREATE USER ON *.*", "GRANT SELECT ON mysql.user"],
  input,
  target,
  settings: z.strictObject({}),
  create(_settings, { cluster }): Action<Input, Target> {
    const accountOf = (step: PlannedStep<Target>, signal: AbortSignal): Promise<Account | undefined> =>
      cluster(step.target.cluster).account(step.target, signal);
    return {
      async plan(wanted, signal) {
        const problem = refuseUserName(wanted.user);
        if (problem !== undefined) return { steps: [], refused: [{ what: wanted.user, reason: problem }] };
        const admin = cluster(wanted.cluster);
        const named = await admin.accountsNamed(wanted.user, signal);
        const accounts = named.filter(({ host }) => wanted.host === undefined || host === wanted.host);
        return toPlan(wanted, accounts, admin);
      },
      apply: ({ target: { cluster: name, ...account } }, effect, signal) =>
        cluster(name).lockAccount(account, effect.id, signal),
      async probe(step, effect, signal) {
        const now = await accountOf(step, signal);
        if (now?.locked !== true) return "absent";
        return now.marker === effect.id ? "ours" : "foreign";
      },
      undo: ({ target: { cluster: name, ...account } }, effect, signal) =>
        cluster(name).unlockAccount(account, effect.id, signal),
    };
  },
});

function toPlan(wanted: Input, accounts: readonly Account[], admin: TidbAdmin): Plan<Target> {
  if (accounts.length === 0) {
    const what = wanted.host === undefined ? wanted.user : `${wanted.user}@${wanted.host}`;
    return { steps: [], refused: [{ what, reason: "there is no such account" }] };
  }
  const plan = { steps: [] as PlannedStep<Target>[], refused: [] as { what: string; reason: string }[] };
  for (const account of accounts) {
    const name = quoteAccount(account);
    const reason = refuse(account, admin);
    if (reason !== undefined) plan.refused.push({ what: name, reason });
    else {
      plan.steps.push({
        says: `ALTER USER ${name} ACCOUNT LOCK ATTRIBUTE '{"tidewatch": "<id of the effect>"}'`,
        key: `tidb.lock_user ${wanted.cluster} ${name}`,
        target: { cluster: wanted.cluster, user: account.user, host: account.host },
      });
    }
  }
  return plan;
}

function refuse(account: Account, admin: TidbAdmin): string | undefined {
  if (account.user === admin.user) return "this is the responder's own account";
  if (account.isSuper) return "the account has SUPER, and TiDB lets nobody with less lock it";
  if (account.locked && account.marker === undefined) return "the account is locked already, and not by Tidewatch";
  const unusable = parseAccountName(account.user, account.host);
  return typeof unusable === "string" ? unusable : undefined;
}
