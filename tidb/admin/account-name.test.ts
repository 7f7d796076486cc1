import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAccountName, quoteAccount } from "./account-name.ts";

const QUOTED: [what: string, user: string, host: string, sql: string][] = [
  ["a plain name", "app", "%", "`app`@`%`"],
  ["SQL in the name", "a'; DROP USER root;-- ", "%", "`a'; DROP USER root;-- `@`%`"],
  ["a backtick", "a`b", "%", "`a``b`@`%`"],
  ["only backticks", "``", "`", "``````@````"],
  ["a backslash before the end", "a\\", "%", "`a\\`@`%`"],
  ["a double quote", 'a"b', "%", '`a"b`@`%`'],
  ["a percent sign", "%", "%", "`%`@`%`"],
  ["an @", "a@b", "10.0.%", "`a@b`@`10.0.%`"],
  ["a right-to-left mark", "a\u200fb\u202e", "%", "`a\u200fb\u202e`@`%`"],
  ["emoji", "🦊".repeat(32), "%", `\`${"🦊".repeat(32)}\`@\`%\``],
  ["a network with a mask", "a", "10.0.0.0/255.0.0.0", "`a`@`10.0.0.0/255.0.0.0`"],
];

for (const [what, user, host, sql] of QUOTED) {
  test(`${what} stays inside its quotes`, () => {
    const name = parseAccountName(user, host);
    assert.ok(typeof name === "object");
    assert.equal(quoteAccount(name), sql);
  });
}

const REFUSED: [what: string, user: string, host: string, reason: RegExp][] = [
  ["NUL", "a\u0000b", "%", /control characters/],
  ["a line feed", "a\nb", "%", /control characters/],
  ["an escape sequence", "a\u001b[2J", "%", /control characters/],
  ["a C1 control character", "a\u009b", "%", /control characters/],
  ["DEL", "a\u007f", "%", /control characters/],
  ["a control character in the host", "a", "%\r", /host has control characters/],
  ["300 characters", "a".repeat(300), "%", /longer than 32/],
  ["33 characters", "a".repeat(33), "%", /longer than 32/],
  ["33 emoji", "🦊".repeat(33), "%", /longer than 32/],
  ["a host of 256 characters", "a", "h".repeat(256), /longer than 255/],
  ["no user name", "", "%", /user name is empty/],
  ["no host", "a", "", /host is empty/],
  ["half a surrogate pair", "a\ud83e", "%", /not valid Unicode/],
];

for (const [what, user, host, reason] of REFUSED) {
  test(`${what} is refused`, () => {
    const name = parseAccountName(user, host);
    assert.ok(typeof name === "string");
    assert.match(name, reason);
  });
}
