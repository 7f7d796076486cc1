import { spawn } from "node:child_process";
import { once } from "node:events";
import { programOf } from "./require-service.ts";
import { run } from "./run.ts";

/** A network namespace of its own: what happens to its firewall cannot touch the machine. */
export interface NetworkNamespace extends AsyncDisposable {
  /** Program and arguments to put before a command that shall run inside. */
  readonly prefix: readonly string[];
  /** Runs a program inside, to its end. */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

/** A namespace whose loopback interface is up and has these addresses too. It is gone as soon as its process is. */
export async function startNetworkNamespace(addresses: readonly string[]): Promise<NetworkNamespace> {
  programOf("nftables");
  // The line is printed inside, so that nobody enters before the namespace is another one than ours.
  const script = "ip link set lo up && echo inside && exec sleep infinity";
  const child = spawn("unshare", ["--net", "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.on("exit", killWithUs);
  const exited = once(child, "exit");
  const [first] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), exited]);
  if (first !== "inside\n") throw new Error("no network namespace of our own");

  const prefix = ["nsenter", "--net", "--target", String(child.pid)] as const;
  const runInside = (program: string, ...args: readonly string[]): Promise<string> => {
    const [enter, ...options] = prefix;
    return run(enter, ...options, program, ...args);
  };
  const dispose = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    process.off("exit", killWithUs);
  };
  try {
    for (const address of addresses) await runInside("ip", "addr", "add", address, "dev", "lo");
  } catch (error) {
    await dispose();
    throw error;
  }
  return { prefix, run: runInside, [Symbol.asyncDispose]: dispose };
}
