import assert from "node:assert/strict";
import { test } from "node:test";
import { foldCase, isAscii } from "./case-folding.ts";

test("folding agrees with Unicode's simple case folding for every code point", () => {
  // V8's /iu compares by simple case folding, so it is the reference here.
  for (let code = 0x80; code < 0x1f000; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    const folded = foldCase(character);
    assert.equal(Array.from(folded).length, 1, `U+${code.toString(16)} stays one character`);
    if (folded !== character) assert.match(folded, new RegExp(`^${character}$`, "iu"), `U+${code.toString(16)}`);
    for (const other of [character.toLowerCase(), character.toUpperCase()]) {
      if (Array.from(other).length !== 1 || !new RegExp(`^${character}$`, "iu").test(other)) continue;
      assert.equal(foldCase(other), folded, `U+${code.toString(16)} and its other case fold alike`);
    }
  }
});

test("only long s and the Kelvin sign fold into ASCII from outside", () => {
  const found: string[] = [];
  for (let code = 0x80; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    if (isAscii(foldCase(character))) found.push(character);
  }
  assert.deepEqual(found, ["\u017f", "\u212a"]);
});

test("folding keeps sharp s, dotted I and dotless i apart from their look-alikes", () => {
  assert.equal(foldCase("STRASSE") === foldCase("straße"), false);
  assert.equal(foldCase("ẞ"), foldCase("ß"));
  assert.equal(foldCase("İ") === foldCase("i"), false);
  assert.equal(foldCase("ı") === foldCase("I"), false);
});
