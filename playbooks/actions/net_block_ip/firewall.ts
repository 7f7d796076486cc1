import type { Clock } from "#core/context.ts";
import { PermanentError, RetryableError } from "#core/errors.ts";
import { parseIpAddress } from "#kit/ip-address.ts";
import type { EffectRef, EffectState } from "../../action.ts";
import { blockDocument, type BlockTable, parseElements, setName, unblockDocument } from "./ruleset.ts";
import { applyDocument, type NftSettings, runNft } from "./run-nft.ts";

/** How much longer the kernel keeps an element than we do: if nobody comes to undo it, it ends by itself. */
const GRACE_SECONDS = 60;

/** Blocks on this machine. Addresses are canonical texts. */
export interface Firewall {
  block(address: string, effect: EffectRef, signal: AbortSignal): Promise<void>;
  stateOf(address: string, effect: EffectRef, signal: AbortSignal): Promise<EffectState>;
  /** Takes the element out if it is this effect's. */
  unblock(address: string, effect: EffectRef, signal: AbortSignal): Promise<void>;
}

export function createFirewall(settings: BlockTable & NftSettings, clock: Clock): Firewall {
  const stateOf: Firewall["stateOf"] = async (address, effect, signal) => {
    const args = ["list", "set", "inet", settings.table, setName(address)];
    const listed = await runNft(settings, args, signal);
    if (listed === undefined) return "absent";
    // nft has an IPv6 spelling of its own.
    const element = parseElements(listed).find((found) => parseIpAddress(found.address)?.text === address);
    if (element === undefined) return "absent";
    return element.comment === commentOf(effect) ? "ours" : "foreign";
  };
  return {
    stateOf,
    async block(address, effect, signal) {
      if (effect.expiresAtMs === undefined) throw new PermanentError("a block needs an end", { code: "no_expiry" });
      const secondsLeft = Math.max(0, Math.ceil((effect.expiresAtMs - clock.now()) / 1000));
      const document = blockDocument(settings, address, secondsLeft + GRACE_SECONDS, commentOf(effect));
      const applied = await applyDocument(settings, document, signal);
      if (!applied) throw new RetryableError("nft lost the table while it was filled", { code: "nft_failed" });
    },
    async unblock(address, effect, signal) {
      if ((await stateOf(address, effect, signal)) !== "ours") return;
      // Nothing to delete any more is as good as deleted.
      await applyDocument(settings, unblockDocument(settings, address), signal);
    },
  };
}

function commentOf({ id }: EffectRef): string {
  return `tidewatch:${id}`;
}
