import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { actions } from "./index.ts";

/** Settings that an action cannot do without. */
const NEEDED: Record<string, object> = {
  "notify.email": { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] },
  "notify.slack": { webhook_url: "https://hooks.example.com/x" },
};

test("every folder is in the list, under its own name", () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    actions.map(({ type }) => type.replace(".", "_")).toSorted(),
    folders.map(({ name }) => name).toSorted(),
  );
});

for (const factory of actions) {
  test(`${factory.type} has a README, says what it needs, and can be taken back if it lasts`, () => {
    assert.ok(existsSync(join(import.meta.dirname, factory.type.replace(".", "_"), "README.md")));
    assert.ok(factory.permissions.length > 0);
    const action = factory.prepare(NEEDED[factory.type])(fakeActionEnvironment());
    const canBeTakenBack = action.probe !== undefined && action.undo !== undefined;
    assert.equal(canBeTakenBack, factory.lasting);
    assert.equal(factory.risk === "notify", !factory.lasting);
  });
}
