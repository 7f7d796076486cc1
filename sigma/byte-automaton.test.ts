import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { ByteAutomaton } from "./byte-automaton.ts";

const automatonOf = (...literals: string[]): ByteAutomaton =>
  new ByteAutomaton(literals.map((literal) => Buffer.from(literal)));

function found(automaton: ByteAutomaton, bytes: Uint8Array, from = 0, to = bytes.length): number[] {
  const count = automaton.scan(bytes, from, to);
  return [...automaton.hits.subarray(0, count)].sort((a, b) => a - b);
}

test("literals that overlap, nest and end in each other are all found", () => {
  const automaton = automatonOf("she", "he", "hers", "his", "e");
  assert.deepEqual(found(automaton, Buffer.from("ushers")), [0, 1, 2, 4]);
});

test("each literal is reported once a scan, however often it stands there", () => {
  assert.deepEqual(found(automatonOf("ab"), Buffer.from("ababab")), [0]);
});

test("what one scan found does not show in the next", () => {
  const automaton = automatonOf("ab", "cd");
  assert.deepEqual(found(automaton, Buffer.from("ab")), [0]);
  assert.deepEqual(found(automaton, Buffer.from("cd")), [1]);
  assert.deepEqual(found(automaton, Buffer.from("xx")), []);
});

test("ASCII letters are found in either case, and only letters are", () => {
  const automaton = automatonOf("Ab[");
  assert.deepEqual(found(automaton, Buffer.from("..aB[..")), [0]);
  // `{` differs from `[` by the bit that separates the cases of a letter.
  assert.deepEqual(found(automaton, Buffer.from("..ab{..")), []);
});

test("a scan minds its bounds: nothing before from, nothing from to on, nothing across", () => {
  const automaton = automatonOf("abc");
  const bytes = Buffer.from("abcabc");
  assert.deepEqual(found(automaton, bytes, 1, 5), []);
  assert.deepEqual(found(automaton, bytes, 3, 6), [0]);
  assert.deepEqual(found(automaton, bytes, 2, 2), []);
});

test("the same literal twice is found under both ids", () => {
  assert.deepEqual(found(automatonOf("ab", "AB", "b"), Buffer.from("ab")), [0, 1, 2]);
});

test("without literals nothing is found, and an empty literal is refused", () => {
  assert.deepEqual(found(automatonOf(), Buffer.from("abc")), []);
  assert.throws(() => automatonOf("a", ""), RangeError);
});

test("the automaton finds what a naive search finds, for random literals and bytes", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 400; round++) {
    const literals = Array.from({ length: 1 + random.below(12) }, () => random.text("abCé\u0000", 1 + random.below(4)));
    const automaton = automatonOf(...literals);
    for (let line = 0; line < 20; line++) {
      const text = random.text("abCcAé\u0000x", random.below(30));
      const wanted = literals.flatMap((literal, id) => (asciiLower(text).includes(asciiLower(literal)) ? [id] : []));
      assert.deepEqual(found(automaton, Buffer.from(text)), wanted, JSON.stringify({ literals, text }));
    }
  }
});

test("thousands of literals, more than 16 bits of transitions, are found each", () => {
  const random = seededRandom(3);
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  const literals = [...new Set(Array.from({ length: 3000 }, () => random.text(alphabet, 12)))];
  const automaton = automatonOf(...literals);
  for (const [id, literal] of literals.entries()) {
    assert.deepEqual(found(automaton, Buffer.from(`..${literal.toUpperCase()}..`)), [id]);
  }
});

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
