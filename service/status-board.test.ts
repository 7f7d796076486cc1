import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "#core/parse-config.ts";
import type { ComponentPlace } from "#core/status.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { serviceConfig } from "./config/service-schema.ts";
import { StatusBoard } from "./status-board.ts";

const serviceWith = (pipelines: object) => parseConfig(serviceConfig, { pipelines });
const place = (kind: ComponentPlace["kind"], id: string, pipeline?: string): ComponentPlace => ({ kind, id, pipeline });

test("a receiver and an exporter with the same id have a status each, and so has a processor in each pipeline", () => {
  const board = new StatusBoard(
    serviceWith({
      "logs/a": { receivers: ["file"], processors: ["filter"], exporters: ["file"] },
      "logs/b": { receivers: ["file"], processors: ["filter"], exporters: ["file"] },
    }),
    manualClock(1000),
  );
  board.set(place("receiver", "file"), "StatusOK");
  board.set(place("exporter", "file"), "StatusRecoverableError", new Error("away"));
  board.set(place("processor", "filter", "logs/a"), "StatusOK");
  assert.equal(board.statusOf(place("receiver", "file"))?.status, "StatusOK");
  assert.deepEqual(board.statusOf(place("exporter", "file")), {
    status: "StatusRecoverableError",
    sinceMs: 1000,
    error: "away",
  });
  assert.equal(board.statusOf(place("processor", "filter", "logs/a"))?.status, "StatusOK");
  assert.equal(board.statusOf(place("processor", "filter", "logs/b")), undefined);
});

test("a processor named as a receiver shows as the worst of its pipelines", () => {
  const board = new StatusBoard(
    serviceWith({
      "logs/a": { receivers: ["file_log"], processors: ["detect"], exporters: ["file"] },
      "logs/b": { receivers: ["file_log"], processors: ["detect"], exporters: ["file"] },
      "logs/alerts": { receivers: ["detect"], exporters: ["file"] },
    }),
    manualClock(),
  );
  board.set(place("processor", "detect", "logs/a"), "StatusOK");
  assert.equal(board.statusOf(place("receiver", "detect"))?.status, "StatusOK");
  board.set(place("processor", "detect", "logs/b"), "StatusRecoverableError", "memory is short");
  assert.equal(board.statusOf(place("receiver", "detect"))?.status, "StatusRecoverableError");
});

test("what a new configuration no longer has is forgotten", () => {
  const board = new StatusBoard(serviceWith({ logs: { receivers: ["file"], exporters: ["kafka"] } }), manualClock());
  board.set(place("exporter", "kafka"), "StatusOK");
  board.set(place("receiver", "file"), "StatusOK");
  board.describe(serviceWith({ logs: { receivers: ["file"], exporters: ["file"] } }));
  assert.equal(board.statusOf(place("exporter", "kafka")), undefined);
  assert.equal(board.statusOf(place("receiver", "file"))?.status, "StatusOK");
});
