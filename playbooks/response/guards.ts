import { type IpAddress, type IpNetwork, parseIpAddress, parseIpNetwork } from "#kit/ip-address.ts";
import { matchesGlob } from "../language/glob.ts";
import type { Protection } from "../language/functions.ts";

export interface GuardRules {
  /** User names that nothing is done to; `*` stands for anything. Compared without regard to case. */
  readonly protectedAccounts: readonly string[];
  readonly protectedNetworks: readonly IpNetwork[];
  /** Load balancers and proxies: behind one address of theirs is everybody. */
  readonly proxies: readonly IpNetwork[];
  /** Addresses of this machine and of whatever Tidewatch itself needs. */
  readonly ownAddresses: readonly IpNetwork[];
}

/** What must never be a target. Asked when a step is planned, and again right before its effect. */
export interface Guards extends Protection {
  /** A reason not to touch this address. */
  refuseAddress(address: IpAddress): string | undefined;
  /** A reason not to touch accounts of this user. */
  refuseAccount(user: string): string | undefined;
  /** Looks through a planned target for addresses, networks and accounts, whatever the action calls them. */
  refuseTarget(target: unknown): string | undefined;
}

const ACCOUNT_KEYS = ["user", "account", "username"];

export function createGuards(rules: GuardRules): Guards {
  const accounts = rules.protectedAccounts.map((pattern) => pattern.toLowerCase());

  const refuseNetwork = (network: IpNetwork): string | undefined => {
    if (rules.ownAddresses.some((own) => overlap(own, network))) return `${network.text} has an address of our own`;
    if (rules.proxies.some((proxy) => overlap(proxy, network))) return `${network.text} has a proxy in it`;
    if (rules.protectedNetworks.some((net) => overlap(net, network))) return `${network.text} is protected`;
    return undefined;
  };

  const refuseAddress = (address: IpAddress): string | undefined => {
    if (address.isLoopback) return `${address.text} is a loopback address`;
    if (address.isUnspecified) return `${address.text} is an unspecified address`;
    if (address.isMulticast) return `${address.text} is a multicast address`;
    if (address.isLinkLocal) return `${address.text} is a link-local address`;
    return refuseNetwork(asNetwork(address));
  };

  const refuseAccount = (user: string): string | undefined => {
    const name = user.toLowerCase();
    return accounts.some((pattern) => matchesGlob(pattern, name)) ? "the account is protected" : undefined;
  };

  const refuseText = (text: string): string | undefined => {
    const address = parseIpAddress(text);
    if (address !== undefined) return refuseAddress(address);
    const network = parseIpNetwork(text);
    return network === undefined ? undefined : refuseNetwork(network);
  };

  const refuseTarget = (target: unknown, key = ""): string | undefined => {
    if (typeof target === "string") {
      return refuseText(target) ?? (ACCOUNT_KEYS.includes(key) ? refuseAccount(target) : undefined);
    }
    if (typeof target !== "object" || target === null) return undefined;
    for (const [name, value] of Object.entries(target)) {
      const reason = refuseTarget(value, Array.isArray(target) ? key : name);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };

  return {
    refuseAddress,
    refuseAccount,
    refuseTarget: (target) => refuseTarget(target),
    protected: (value) => (refuseText(value) ?? refuseAccount(value)) !== undefined,
    isProxy: (value) => {
      const address = parseIpAddress(value);
      return address !== undefined && rules.proxies.some((proxy) => proxy.contains(address));
    },
  };
}

function asNetwork(address: IpAddress): IpNetwork {
  return parseIpNetwork(address.text) as IpNetwork;
}

/** Two networks have an address in common exactly when one contains the other's first. */
function overlap(a: IpNetwork, b: IpNetwork): boolean {
  return a.contains(firstOf(b)) || b.contains(firstOf(a));
}

function firstOf({ text }: IpNetwork): IpAddress {
  return parseIpAddress(text.slice(0, text.indexOf("/"))) as IpAddress;
}
