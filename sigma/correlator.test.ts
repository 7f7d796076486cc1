import assert from "node:assert/strict";
import { test } from "node:test";
import { correlationRule, correlationRules, matchAt } from "#test/rules/correlation-match.ts";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { Correlator, type CorrelationMatch } from "./correlator.ts";

const THREE_IN_TEN = "type: event_count\nrules: base\ngroup-by: [user]\ntimespan: 10s\ncondition: { gte: 3 }";
const THREE_USERS = "type: value_count\nrules: base\ngroup-by: [ip]\ntimespan: 10s\ncondition: { gte: 3, field: user }";

/** The evidence of each firing, for matches in this order. */
function firings(correlator: Correlator<number>, matches: readonly CorrelationMatch<number>[]): number[][] {
  return matches.flatMap((match) => correlator.add(match).map(({ evidence }) => [...evidence]));
}

const at = (...seconds: number[]): CorrelationMatch<number>[] =>
  seconds.map((second) => matchAt(second, { user: "eve" }));

test("Sigma 2.1 event_count fires when the window holds enough events of one group", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  assert.deepEqual(firings(correlator, [matchAt(1, { user: "bob" }), ...at(2, 3)]), []);
  const [fired] = correlator.add(matchAt(4, { user: "eve" }));
  assert.deepEqual(fired?.group, { user: "eve" });
  assert.equal(fired.rule.name, "many");
  assert.equal(fired.count, 3);
  assert.deepEqual(fired.evidence, [2, 3, 4]);
  assert.deepEqual([fired.firstMs, fired.lastMs, fired.windowStartMs], [2000, 4000, -6000]);
});

test("Sigma 2.1 timespan slides and is half open: an event counts for less than the span", () => {
  assert.deepEqual(firings(new Correlator([correlationRule(THREE_IN_TEN)]), at(0, 5, 10)), []);
  assert.deepEqual(firings(new Correlator([correlationRule(THREE_IN_TEN)]), at(0, 5, 9.999)), [[0, 5, 9.999]]);
  assert.deepEqual(firings(new Correlator([correlationRule(THREE_IN_TEN)]), at(8, 12, 14)), [[8, 12, 14]]);
});

test("Sigma 2.1 condition gt takes one event more than gte", () => {
  const rule = correlationRule(THREE_IN_TEN.replace("gte", "gt"));
  assert.deepEqual(firings(new Correlator([rule]), at(1, 2, 3, 4)), [[1, 2, 3, 4]]);
});

test("Sigma 2.1 value_count counts distinct values, however often each comes", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_USERS)]);
  const login = (second: number, user: string): CorrelationMatch<number> => matchAt(second, { ip: "192.0.2.1", user });
  const flood = Array.from({ length: 1000 }, (_, index) => login(2 + index / 1000, "b"));
  assert.deepEqual(firings(correlator, [login(1, "a"), ...flood]), []);
  const [fired] = correlator.add(login(4, "c"));
  assert.equal(fired?.count, 3, "the flood has not pushed the first value out");
  assert.equal(fired.total, 1002);
  assert.deepEqual([...fired.values].sort(), ["a", "b", "c"]);
});

test("Sigma 2.1 value_count over a list of fields counts distinct tuples", () => {
  const rule = correlationRule(THREE_USERS.replace("field: user", "field: [user, db]"));
  const correlator = new Correlator<number>([rule]);
  const login = (second: number, user: string, db: string): CorrelationMatch<number> =>
    matchAt(second, { ip: "192.0.2.1", user, db });
  assert.deepEqual(firings(correlator, [login(1, "a", "x"), login(2, "a", "y"), login(3, "a", "x")]), []);
  assert.equal(firings(correlator, [login(4, "b", "x")]).length, 1);
});

test("Sigma 2.1 aliases join rules that call the same thing by different names", () => {
  const rule = correlationRule(
    "type: event_count\nrules: [base, other]\ngroup-by: [ip]\ntimespan: 10s\ncondition: { gte: 2 }\n" +
      "aliases: { ip: { base: client, other: remote } }",
  );
  const correlator = new Correlator<number>([rule]);
  assert.deepEqual(firings(correlator, [matchAt(1, { client: "a", ip: "z" }), matchAt(2, { client: "b" })]), []);
  const [fired] = correlator.add(matchAt(3, { remote: "a" }, "other"));
  assert.deepEqual(fired?.group, { ip: "a" });
});

test("Sigma 2.1 temporal fires when all its rules matched in the window, in any order", () => {
  const rule = correlationRule("type: temporal\nrules: [base, other]\ngroup-by: [user]\ntimespan: 10s");
  const eve = { user: "eve" };
  assert.equal(firings(new Correlator([rule]), [matchAt(1, eve, "other"), matchAt(5, eve)]).length, 1);
  assert.equal(firings(new Correlator([rule]), [matchAt(1, eve), matchAt(2, eve), matchAt(3, eve)]).length, 0);
  assert.equal(firings(new Correlator([rule]), [matchAt(1, eve, "other"), matchAt(11, eve)]).length, 0);
  assert.equal(firings(new Correlator([rule]), [matchAt(1, { user: "bob" }, "other"), matchAt(2, eve)]).length, 0);
});

test("Sigma 2.1 temporal_ordered fires only for the order in which its rules are listed", () => {
  const rule = correlationRule("type: temporal_ordered\nrules: [other, base]\ngroup-by: [user]\ntimespan: 10s");
  const eve = { user: "eve" };
  assert.equal(firings(new Correlator([rule]), [matchAt(1, eve, "other"), matchAt(5, eve)]).length, 1);
  assert.equal(firings(new Correlator([rule]), [matchAt(1, eve), matchAt(5, eve, "other")]).length, 0);
  const flood = Array.from({ length: 500 }, (_, index) => matchAt(2 + index / 1000, eve));
  const flooded = [...flood, matchAt(3, eve, "other"), matchAt(4, eve)];
  assert.equal(firings(new Correlator([rule]), flooded).length, 1);
});

test("Sigma 2.1 chains: what fires counts for the correlations over it, with the fields of its group", () => {
  const rules = correlationRules(
    `name: inner\ncorrelation:\n  ${THREE_IN_TEN.replaceAll("\n", "\n  ")}`,
    "name: outer\ncorrelation: { type: temporal_ordered, rules: [inner, other], group-by: [user], timespan: 1m }",
  );
  const correlator = new Correlator<number>(rules);
  assert.deepEqual(firings(correlator, at(1, 2, 3)), [], "the inner one alerts only if the outer one says generate");
  assert.equal(firings(correlator, [matchAt(4, { user: "bob" }, "other")]).length, 0);
  const [fired] = correlator.add(matchAt(5, { user: "eve" }, "other"));
  assert.equal(fired?.rule.name, "outer");
  assert.deepEqual(fired.evidence, [3, 5]);
});

test("Sigma 2.1 without group-by there is one group for all", () => {
  const rule = correlationRule("type: event_count\nrules: base\ntimespan: 10s\ncondition: { gte: 2 }");
  assert.equal(firings(new Correlator([rule]), [matchAt(1, { user: "a" }), matchAt(2, { user: "b" })]).length, 1);
});

test("a match that lacks a group-by field or the counted field is not counted, and that is told", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_USERS)]);
  firings(correlator, [matchAt(1, { user: "a" }), matchAt(1, { ip: "x" }), matchAt(1, { ip: "x", user: null })]);
  assert.deepEqual(correlator.counts, { groups: 0, evictedGroups: 0, lateMatches: 0, keylessMatches: 3 });
});

test("a group that fired is silent until its window was empty", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  assert.equal(firings(correlator, at(1, 2, 3)).length, 1);
  assert.deepEqual(firings(correlator, at(4, 5, 6, 12, 13, 14, 22, 23)), [], "no gap of ten seconds yet");
  const [fired] = [...firings(correlator, at(33, 34)), ...correlator.add(matchAt(35, { user: "eve" }))];
  assert.ok(fired && "total" in fired);
  assert.equal(fired.total, 3);
});

test("with dedup.for a group is silent for that long after it fired, then tells the total", () => {
  const rule = correlationRule(THREE_IN_TEN, "tidewatch: { dedup: { for: 30s } }");
  const correlator = new Correlator<number>([rule]);
  assert.equal(firings(correlator, at(1, 2, 3)).length, 1);
  assert.deepEqual(firings(correlator, at(14, 15, 16, 28)), [], "also after the window was empty");
  assert.deepEqual(firings(correlator, at(33)), [], "the time is over, but the window does not hold enough");
  const [again] = correlator.add(matchAt(34, { user: "eve" }));
  assert.deepEqual([again?.count, again?.total], [3, 3], "the total counts from the last empty window");
});

test("events out of order are placed by their time and complete the window in which they belong", () => {
  assert.deepEqual(firings(new Correlator([correlationRule(THREE_IN_TEN)]), at(9, 1, 5)), [[1, 5, 9]]);
  const past = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  assert.deepEqual(firings(past, at(1, 2, 12, 5)), [[1, 2, 5]], "the window that ended before the newest event");
});

test("an event older than two time spans is late: counted as such and nowhere else", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  firings(correlator, at(100, 80, 79, 81));
  assert.equal(correlator.counts.lateMatches, 2);
});

test("a random order within one time span fires for the same groups as the right order", () => {
  const random = seededRandom(31);
  const rules = [correlationRule(THREE_IN_TEN), correlationRule(THREE_USERS)];
  for (let round = 0; round < 500; round++) {
    const rule = random.pick(rules);
    let second = 0;
    const matches = Array.from({ length: 12 }, () => {
      second += random.below(6);
      return matchAt(second, { ip: random.pick(["x", "y"]), user: random.pick(["a", "b", "c", "d"]) });
    });
    const delayed = matches.map((match) => ({ match, arrivalMs: match.timeMs + random.below(10_000) }));
    const shuffled = delayed.sort((a, b) => a.arrivalMs - b.arrivalMs).map(({ match }) => match);
    const groups = (order: readonly CorrelationMatch<number>[]): string[] => {
      const correlator = new Correlator<number>([rule]);
      return [
        ...new Set(order.flatMap((match) => correlator.add(match).map(({ group }) => JSON.stringify(group)))),
      ].sort();
    };
    assert.deepEqual(groups(shuffled), groups(matches), JSON.stringify(matches));
  }
});

test("evidence is the latest twenty events", () => {
  const rule = correlationRule(THREE_IN_TEN.replace("gte: 3", "gte: 25"));
  const seconds = Array.from({ length: 25 }, (_, index) => index / 10);
  assert.deepEqual(firings(new Correlator([rule]), at(...seconds)), [seconds.slice(5)]);
});

test("groups are bounded: the one without a match for longest goes, and that is told", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)], { maxGroups: 2 });
  const login = (second: number, user: string): CorrelationMatch<number> => matchAt(second, { user });
  firings(correlator, [login(1, "a"), login(1, "b"), login(2, "a"), login(2, "c")]);
  assert.equal(correlator.counts.evictedGroups, 1);
  assert.equal(firings(correlator, [login(3, "a")]).length, 1, "a was used after b and stayed");
  assert.deepEqual(firings(correlator, [login(3, "b"), login(4, "b")]), [], "b has lost its first event");
  assert.equal(correlator.counts.groups, 2);
});

test("the events of a group are bounded, however many come", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  for (let i = 0; i < 5000; i++) correlator.add(matchAt(1 + i / 10_000, { user: "eve" }));
  assert.ok((correlator.snapshot().groups[0]?.window.events.length ?? 0) <= 40);
});

test("long values are kept short, and stay different when only their ends differ", () => {
  const correlator = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  const long = "x".repeat(10_000);
  const login = (second: number, user: string): CorrelationMatch<number> => matchAt(second, { user });
  assert.deepEqual(firings(correlator, [login(1, `${long}a`), login(2, `${long}b`), login(3, `${long}b`)]), []);
  const [fired] = correlator.add(login(4, `${long}b`));
  assert.ok((fired?.group.user ?? long).length <= 256);
});

test("a snapshot goes through JSON and the windows go on where they were", () => {
  const rules = [correlationRule(THREE_IN_TEN)];
  const before = new Correlator<number>(rules);
  firings(before, [...at(1, 2), ...[1, 2, 3].map((second) => matchAt(second, { user: "bob" }))]);
  const after = new Correlator<number>(rules);
  assert.deepEqual(after.restore(JSON.parse(JSON.stringify(before.snapshot()))), { restored: 2, dropped: 0 });
  assert.deepEqual(firings(after, [matchAt(4, { user: "bob" })]), [], "what fired stays silent");
  assert.deepEqual(firings(after, at(4)), [[1, 2, 4]]);
});

test("state of a correlation that has changed or is gone is dropped, and what is no snapshot is refused", () => {
  const before = new Correlator<number>([correlationRule(THREE_IN_TEN)]);
  firings(before, at(1, 2));
  const after = new Correlator<number>([correlationRule(THREE_IN_TEN.replace("10s", "20s"))]);
  assert.deepEqual(after.restore(before.snapshot()), { restored: 0, dropped: 1 });
  for (const garbage of [null, 1, {}, { version: 2, groups: [] }, { version: 1, groups: [{ key: "{" }] }]) {
    assert.equal(typeof after.restore(garbage), "string");
  }
});
