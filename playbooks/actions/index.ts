import type { ActionFactory } from "../action.ts";
import { netBlockIp } from "./net_block_ip/index.ts";
import { notifyEmail } from "./notify_email/index.ts";
import { notifySlack } from "./notify_slack/index.ts";
import { tidbKillSessions } from "./tidb_kill_sessions/index.ts";
import { tidbLockUser } from "./tidb_lock_user/index.ts";

/** All actions that playbooks can name. */
export const actions: readonly ActionFactory[] = [netBlockIp, notifyEmail, notifySlack, tidbKillSessions, tidbLockUser];
