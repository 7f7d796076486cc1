import type { Family } from "./family.ts";
import { queueDiskFamilies } from "./families/queue-disk.ts";

/** All families of faults by name. */
export const FAMILIES: Readonly<Record<string, Family>> = { ...queueDiskFamilies };
