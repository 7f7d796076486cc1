import type { CommandOptions } from "./command.ts";
import { usage } from "./usage.ts";

const LISTED = 50;
const MAX_LISTED = 10_000;

/** How many a list shows at the most. @throws when `--limit` is no such number. */
export function limitOf(command: string, { limit }: CommandOptions): number {
  const number = limit === undefined ? LISTED : Number(limit);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_LISTED) return number;
  throw usage(`${command} --limit 1 to ${MAX_LISTED}`);
}
