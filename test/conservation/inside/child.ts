import { setClock } from "./clock.ts";
import { recordDisk } from "./power.ts";
import { failDisk, killAtPoint } from "./queue-files.ts";
import type { InsideFault } from "./inside-fault.ts";

/**
 * The program under test: Tidewatch as it is, in a world that goes wrong as the fault says. Everything that the fault does
 * not name is the machine's.
 */
const INSTALL: { readonly [K in InsideFault["kind"]]: (fault: Extract<InsideFault, { kind: K }>) => void } = {
  kill_point: killAtPoint,
  disk: failDisk,
  clock: setClock,
  power: recordDisk,
};

const [config = "", faultText = "null"] = process.argv.slice(2);
const fault = JSON.parse(faultText) as InsideFault | null;
if (fault !== null) (INSTALL[fault.kind] as (fault: InsideFault) => void)(fault);

// Not before: some modules take what they need of the machine when they are loaded.
const { main } = await import("../../../main.ts");
await main(["run", "--config", config]);
