import type { ProcessorFactory } from "#core/factory.ts";
import { detectProcessor } from "./detect/index.ts";
import { memoryLimiterProcessor } from "./memory_limiter/index.ts";
import { sessionProcessor } from "./session/index.ts";
import { tidbProcessor } from "./tidb/index.ts";

export const processors: readonly ProcessorFactory[] = [
  detectProcessor,
  memoryLimiterProcessor,
  sessionProcessor,
  tidbProcessor,
];
