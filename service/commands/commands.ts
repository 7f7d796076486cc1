import { alertsCommand } from "./alerts.ts";
import { auditCommand } from "./audit.ts";
import type { Command } from "./command.ts";
import { componentsCommand } from "./components.ts";
import { approveCommand, denyCommand, undoCommand } from "./decide.ts";
import { dlqCommand } from "./dlq.ts";
import { printConfigCommand } from "./print-config.ts";
import { queueCommand } from "./queue.ts";
import { runCommand } from "./run.ts";
import { runsCommand } from "./runs.ts";
import { validateCommand } from "./validate.ts";
import { versionCommand } from "./version.ts";

export const COMMANDS = {
  run: runCommand,
  validate: validateCommand,
  components: componentsCommand,
  "print-config": printConfigCommand,
  alerts: alertsCommand,
  runs: runsCommand,
  approve: approveCommand,
  deny: denyCommand,
  undo: undoCommand,
  dlq: dlqCommand,
  queue: queueCommand,
  audit: auditCommand,
  version: versionCommand,
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
