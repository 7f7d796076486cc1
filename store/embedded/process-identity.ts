import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** Says which of the many processes that had this pid it is: boot and start time. Undefined when it does not run. */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return psField(pid, "lstart");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The command in brackets may hold spaces and brackets: count fields from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return `${boot.trim()} ${fields[19]}`;
}

/** Whether the process is a PostgreSQL server on this data directory. */
export async function isPostgresOf(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== "linux") return (await psField(pid, "command"))?.includes(dataDir) ?? false;
  const [cwd, command] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ""),
    readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
  ]);
  return cwd === dataDir && command.includes("postgres");
}

async function psField(pid: number, field: string): Promise<string | undefined> {
  const run = promisify(execFile);
  const result = await run("ps", ["-o", `${field}=`, "-p", String(pid)]).catch(() => undefined);
  return result?.stdout.trim() || undefined;
}
