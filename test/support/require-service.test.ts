import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Asks for a service that is not installed, in a process of its own; returns its exit code and what it printed. */
function askForMissing(required: "0" | "1"): { status: number | null; printed: string } {
  const module = JSON.stringify(new URL("require-service.ts", import.meta.url).href);
  const script = `
    const { requireService } = await import(${module});
    const t = { skip: (reason) => console.log("skipped: " + reason) };
    console.log(requireService(t, "tidb"));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: "", TIDEWATCH_SERVICES: "/no/such/folder", TIDEWATCH_REQUIRE_SERVICES: required },
  });
  return { status, printed: stdout + stderr };
}

test("a missing service skips the test and says how to install it", () => {
  const { status, printed } = askForMissing("0");
  assert.equal(status, 0);
  assert.match(
    printed,
    /^skipped: tidb is not installed \(test\/support\/install-services\.sh installs it\)\nfalse\n$/,
  );
});

test("where services are required, a missing one fails the test", () => {
  const { status, printed } = askForMissing("1");
  assert.equal(status, 1);
  assert.match(printed, /Error: tidb is not installed/);
});
