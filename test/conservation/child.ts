import { KILL_POINTS } from "#kit/queue/file-layer.ts";
import { realFiles } from "#kit/queue/real-files.ts";
import { main } from "../../main.ts";
import type { Fault } from "./faults.ts";

/**
 * The program under test: Tidewatch as it is, with a disk that does what the fault says. The queue's own seam is where
 * the fault goes in; everything else is the machine's.
 */
const [config = "", faultText = "null"] = process.argv.slice(2);
const fault = JSON.parse(faultText) as Fault | null;

let seen = 0;
const isTheOne = (): boolean => fault !== null && "nth" in fault && ++seen === fault.nth;

if (fault?.kind === "kill_point") {
  if (!KILL_POINTS.includes(fault.point)) throw new Error(`no such kill point: ${fault.point}`);
  realFiles.reached = (point) => {
    if (point === fault.point && isTheOne()) process.kill(process.pid, "SIGKILL");
  };
} else if (fault?.kind === "disk") {
  const { open, rename } = realFiles;
  const failure = (): Error => Object.assign(new Error(`${fault.code}: injected`), { code: fault.code });
  realFiles.open = async (path, mode) => {
    const file = await open(path, mode);
    if (fault.operation === "rename") return file;
    const { [fault.operation]: real } = file;
    const replaced = (...args: never[]): Promise<void> =>
      isTheOne() ? Promise.reject(failure()) : real.apply(file, args as never);
    return Object.assign(file, { [fault.operation]: replaced });
  };
  if (fault.operation === "rename")
    realFiles.rename = (from, to) => (isTheOne() ? Promise.reject(failure()) : rename(from, to));
}

await main(["run", "--config", config]);
