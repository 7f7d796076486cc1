import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Harness, storeUrl } from "./harness.ts";

const CHILD = fileURLToPath(import.meta.resolve("./child-responder.ts"));

/** A responder in a process of its own, to be killed; it works when this resolves. Ends with the test at the latest. */
export async function spawnResponder(
  t: TestContext,
  { store, world }: Harness,
  config: Readonly<Record<string, unknown>>,
): Promise<ChildProcess> {
  const settings = JSON.stringify({ sweep_interval: "200ms", ...config });
  const child = spawn(process.execPath, [CHILD, storeUrl(store), world.path, settings], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}
