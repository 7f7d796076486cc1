import type { Family } from "./family.ts";
import { clockFamilies } from "./families/clock.ts";
import { httpSinkFamilies } from "./families/http-sinks.ts";
import { logFileFamilies } from "./families/log-files.ts";
import { overloadFamilies } from "./families/overload.ts";
import { powerCutFamilies } from "./families/power-cut.ts";
import { reloadStormFamilies } from "./families/reload-storm.ts";
import { stuckSinkFamilies } from "./families/stuck-sink.ts";
import { queueDiskFamilies } from "./families/queue-disk.ts";

/** All families of faults by name. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  ...queueDiskFamilies,
  ...logFileFamilies,
  ...clockFamilies,
  ...powerCutFamilies,
  ...reloadStormFamilies,
  ...stuckSinkFamilies,
  ...httpSinkFamilies,
  ...overloadFamilies,
};
