import * as z from "zod";
import { type IpAddress, parseIpAddress } from "#kit/ip-address.ts";
import { duration } from "#kit/schema-types.ts";
import { type Action, defineAction, type Plan } from "../../action.ts";
import { createFirewall } from "./firewall.ts";

const input = z.strictObject({
  address: z.string().describe("One IPv4 or IPv6 address, written in full; no range, no port, no host name."),
});

/** Canonical text, made from parsed bytes: nft would look up a host name. */
const target = z.strictObject({
  address: z.string().superRefine((text, context) => {
    const address = parseBlockable(text);
    const message = typeof address === "string" ? address : "not in canonical form";
    if (typeof address === "string" || address.text !== text) context.addIssue({ code: "custom", message });
  }),
});

const settings = z.strictObject({
  ports: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .max(64)
    .default([4000])
    .describe("TCP ports to protect on this machine."),
  table: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/)
    .default("tidewatch")
    .describe("Name of the nftables table (family inet) that belongs to Tidewatch alone."),
  command: z
    .array(z.string().min(1))
    .min(1)
    .default(["nft"])
    .describe('How to run nft, word by word: ["sudo", "-n", "nft"]. No shell is involved.'),
  timeout: duration().prefault("10s").describe("Time allowed for one call of nft."),
});

type Target = z.output<typeof target>;

export const netBlockIp = defineAction({
  type: "net.block_ip",
  summary: "Blocks an address at the TiDB ports of this machine with nftables; TCP connections are reset.",
  risk: "contain",
  lasting: true,
  permissions: ["CAP_NET_ADMIN"],
  input,
  target,
  settings,
  create(options, { clock }): Action<z.output<typeof input>, Target> {
    const firewall = createFirewall(options, clock);
    return {
      async plan({ address: text }): Promise<Plan<Target>> {
        const address = parseBlockable(text);
        if (typeof address === "string") return { steps: [], refused: [{ what: text, reason: address }] };
        const ports = options.ports.join(", ");
        const says = `nft: add ${address.text} to a block set of table inet ${options.table}; reset TCP to ports ${ports}`;
        const key = `net.block_ip ${options.table} ${address.text}`;
        return { steps: [{ says, key, target: { address: address.text } }], refused: [] };
      },
      apply: (step, effect, signal) => firewall.block(step.target.address, effect, signal),
      probe: (step, effect, signal) => firewall.stateOf(step.target.address, effect, signal),
      undo: (step, effect, signal) => firewall.unblock(step.target.address, effect, signal),
      // The kernel forgets at a reboot and at `nft flush ruleset`: put back what still has time to run.
      async maintain(step, effect, signal) {
        const { address } = step.target;
        const state = await firewall.stateOf(address, effect, signal);
        if (state === "absent") await firewall.block(address, effect, signal);
      },
    };
  },
});

/** A string says why the address is none that may be blocked: nobody outside can have it, or all would be cut off. */
function parseBlockable(text: string): IpAddress | string {
  const address = parseIpAddress(text);
  if (address === undefined) return "not an IP address";
  if (address.isLoopback) return "a loopback address";
  if (address.isUnspecified) return "an unspecified address";
  if (address.isMulticast) return "a multicast or broadcast address";
  if (address.isLinkLocal) return "a link-local address";
  return address;
}
