import type { InsideFault } from "./inside-fault.ts";

/** The wall clock is set anew at each SIGUSR2, there and back; the monotonic clock goes on as ever. */
export function setClock({ shiftMs }: Extract<InsideFault, { kind: "clock" }>): void {
  const { now } = Date;
  let shifted = 0;
  Date.now = () => now() + shifted;
  process.on("SIGUSR2", () => (shifted = shifted === 0 ? shiftMs : 0));
}
