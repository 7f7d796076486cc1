import type { ProcessorFactory } from "#core/factory.ts";
import { attributesProcessor } from "./attributes/index.ts";
import { batchProcessor } from "./batch/index.ts";
import { detectProcessor } from "./detect/index.ts";
import { filterProcessor } from "./filter/index.ts";
import { memoryLimiterProcessor } from "./memory_limiter/index.ts";
import { redactionProcessor } from "./redaction/index.ts";
import { resourceProcessor } from "./resource/index.ts";
import { sessionProcessor } from "./session/index.ts";
import { tidbProcessor } from "./tidb/index.ts";
import { transformProcessor } from "./transform/index.ts";

export const processors: readonly ProcessorFactory[] = [
  attributesProcessor,
  batchProcessor,
  detectProcessor,
  filterProcessor,
  memoryLimiterProcessor,
  redactionProcessor,
  resourceProcessor,
  sessionProcessor,
  tidbProcessor,
  transformProcessor,
];
