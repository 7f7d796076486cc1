import assert from "node:assert/strict";
import { test } from "node:test";
import { clearMarkerStatement, killStatement, lockStatement, unlockStatement } from "./statements.ts";

const ACCOUNT = { user: "a'; DROP USER root;-- `", host: "%" };

test("each statement names the account in quotes and says exactly one thing", () => {
  const account = "`a'; DROP USER root;-- ```@`%`";
  assert.equal(lockStatement(ACCOUNT, "e1"), `ALTER USER ${account} ACCOUNT LOCK ATTRIBUTE '{"tidewatch": "e1"}'`);
  assert.equal(unlockStatement(ACCOUNT), `ALTER USER ${account} ACCOUNT UNLOCK ATTRIBUTE '{"tidewatch": null}'`);
  assert.equal(clearMarkerStatement(ACCOUNT), `ALTER USER ${account} ATTRIBUTE '{"tidewatch": null}'`);
});

test("a connection id of 64 bits stays exact", () => {
  assert.equal(killStatement("18446744073709551615"), "KILL TIDB CONNECTION 18446744073709551615");
});

for (const id of ["", "1;", "1 OR 1", "-1", "1e3", "0x1", "１", "1\n", "1".repeat(21)]) {
  test(`${JSON.stringify(id)} is not a connection id`, () => {
    assert.throws(() => killStatement(id), RangeError);
  });
}

for (const id of ["", "A", 'a"', "a'", "a\\", "a b", "é", "a".repeat(33)]) {
  test(`${JSON.stringify(id)} is not an effect id`, () => {
    assert.throws(() => lockStatement(ACCOUNT, id), RangeError);
  });
}
