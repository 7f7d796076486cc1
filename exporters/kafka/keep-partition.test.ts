import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, Partitioners } from "kafkajs";
import { partitionsOf } from "#test/support/partitions.ts";
import { keepPartition } from "./keep-partition.ts";

test("a message without a key goes to the same partition again, and the next one to another", () => {
  const partitionMetadata = partitionsOf(3);
  const partition = keepPartition(Partitioners.DefaultPartitioner)();
  const messages: Message[] = Array.from({ length: 6 }, () => ({ value: "x" }));
  const deal = () => messages.map((message) => partition({ topic: "t", partitionMetadata, message }));
  const first = deal();
  assert.deepEqual(deal(), first);
  assert.equal(new Set(first).size, 3);
});
