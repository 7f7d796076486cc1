import { terminalText } from "#kit/terminal-text.ts";
import type { RunView } from "../../playbooks/operate.ts";

/** A run for a person who has to judge it: what would be done exactly, what was refused and why, what happened. */
export function renderRun({ run, steps, approvals, effects, audit }: RunView): string {
  const lines = [
    `run       ${run.id}`,
    `playbook  ${run.playbook} version ${run.version}`,
    `state     ${run.state}${because(run.reason)}`,
  ];
  lines.push(`alert     ${run.alertId}, seen ${run.alertCount} times`);
  for (const [name, value] of Object.entries(run.inputs ?? {}))
    lines.push(`input     ${name} = ${terminalText(JSON.stringify(value), 300)}`);
  for (const step of steps) {
    lines.push("", `step ${step.id}: ${step.action}, ${step.state}${because(step.reason)}`);
    for (const planned of (step.planned ?? []) as readonly { says?: string }[])
      lines.push(`  plan    ${terminalText(planned.says ?? "", 1000)}`);
    for (const { what, reason } of step.refused)
      lines.push(`  refused ${terminalText(what, 300)}: ${terminalText(reason, 300)}`);
    const approval = approvals.find(({ stepId }) => stepId === step.id);
    if (approval?.state === "pending") {
      lines.push(`  waits   for approval until ${approval.expiresAt.toISOString()} (${approval.why})`);
      lines.push(`  consent tidewatch approve ${run.id} ${step.digest?.slice(0, 16)} --by NAME`);
    } else if (approval !== undefined)
      lines.push(`  ${approval.state} by ${terminalText(approval.decidedBy ?? "nobody", 100)}`);
  }
  if (effects.length > 0) lines.push("", "effects");
  for (const { key, state, expiresAt, error } of effects) {
    lines.push(
      `  ${state.padEnd(18)} ${terminalText(key, 300)}${expiresAt === null ? "" : ` until ${expiresAt.toISOString()}`}${because(error)}`,
    );
  }
  if (audit.length > 0) lines.push("", "history");
  for (const { at, actor, event, step } of audit) {
    lines.push(`  ${at}  ${terminalText(actor, 60)}  ${event}${step === undefined ? "" : ` ${step}`}`);
  }
  return `${lines.join("\n")}\n`;
}

function because(reason: string | null): string {
  return reason === null || reason === "" ? "" : ` (${terminalText(reason, 300)})`;
}
