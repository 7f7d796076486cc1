import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAccessDenied, parseConnInfo, parsePeer, parseSlowUser, parseUserAtAddress } from "./peer.ts";

test("peers are split into address and port, IPv6 too; anything else is none", () => {
  assert.deepEqual(parsePeer("203.0.113.9:51544"), { address: "203.0.113.9", port: "51544" });
  assert.deepEqual(parsePeer("[2001:db8::1]:443"), { address: "2001:db8::1", port: "443" });
  for (const text of ["", "10.0.0.1", "::1", "10.0.0.1:", "10.0.0.1:x", "/run/tidb.sock", "@", ":1"])
    assert.equal(parsePeer(text), undefined);
});

test("the user of a refused login is everything before the last host, however the name tries to look", () => {
  for (const user of ["app", "o'brien", "x'@'10.0.0.1", "a' (using password: YES)", "ключ", "", `"`, "b'@'c'@'d"]) {
    for (const tail of ["(using password: YES)", "(using password: NO)"]) {
      const denied = parseAccessDenied(`[privilege:1045]Access denied for user '${user}'@'203.0.113.9' ${tail}`);
      assert.deepEqual(denied, { user, address: "203.0.113.9", port: undefined }, user);
    }
  }
  const locked = parseAccessDenied("[privilege:3118]Access denied for user 'app'@'%'. Account is locked.");
  assert.deepEqual(locked, { user: "app", address: undefined, port: undefined });
  const database = parseAccessDenied(
    "[executor:1044]Access denied for user 'app'@'10.0.0.7' to database 'x'@'1.2.3.4' (using password: YES)'",
  );
  assert.deepEqual(database, { user: "app", address: "10.0.0.7", port: undefined });
  assert.equal(parseAccessDenied("[server:8052]invalid sequence"), undefined);
});

test("connInfo's user is the rest of the text", () => {
  const info = "id:2108366, addr:10.20.1.11:43969 status:10, collation:utf8mb4_unicode_ci, user:a, user:root";
  assert.deepEqual(parseConnInfo(info), { user: "a, user:root", address: "10.20.1.11", port: "43969" });
  assert.equal(parseConnInfo("id:1"), undefined);
});

test("names may hold what separates them from the address", () => {
  assert.deepEqual(parseUserAtAddress("a@b@10.0.0.1"), { user: "a@b", address: "10.0.0.1", port: undefined });
  assert.deepEqual(parseSlowUser("a[b[a[b] @ h [10.0.0.1]"), { user: "a[b", address: "10.0.0.1", port: undefined });
  assert.deepEqual(parseSlowUser("report[report] @ 10.0.3.9 [10.0.3.9]"), {
    user: "report",
    address: "10.0.3.9",
    port: undefined,
  });
  assert.equal(parseSlowUser("nothing"), undefined);
});
