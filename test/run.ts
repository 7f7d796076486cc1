import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * `unit`: everything that needs only Node; tests of real services are named as skipped. `services`: those, and a
 * missing service is a failure. Ends with what failed, what was skipped and why, and one line of counts.
 */
const kind = process.argv[2] === "services" ? "services" : "unit";
const root = fileURLToPath(new URL("..", import.meta.url));
const excluded = (name: string): boolean => ["node_modules", ".cache", "data"].includes(name);
const all = globSync("**/*.test.ts", { cwd: root, exclude: excluded });
const files = kind === "services" ? all.filter((file) => file.endsWith(".service.test.ts")) : all;
if (files.length === 0) throw new Error("found no tests");

const child = spawn(
  process.execPath,
  [
    "--test",
    "--test-reporter=dot",
    "--test-reporter-destination=stdout",
    "--test-reporter=./test/summary-reporter.ts",
    "--test-reporter-destination=stderr",
    `--test-concurrency=${kind === "services" ? 1 : 2}`,
    "--test-timeout=300000",
    ...files,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, [kind === "services" ? "TIDEWATCH_REQUIRE_SERVICES" : "TIDEWATCH_SKIP_SERVICES"]: "1" },
  },
);
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
