export interface BlockTable {
  readonly table: string;
  readonly ports: readonly number[];
}

/** An address in a block set, as nft lists it. */
export interface BlockElement {
  readonly address: string;
  readonly comment: string | undefined;
}

const CHAIN = "input";
/** Before the usual filter chains (0), and where other intrusion blockers stand. */
const PRIORITY = -10;
const MAX_ELEMENTS = 65_536;

/** Hosts by family; ranges would need sets of another kind. */
export function setName(address: string): "block4" | "block6" {
  return address.includes(":") ? "block6" : "block4";
}

/**
 * One document, one transaction: makes or repairs the table, then puts the element in with a new timeout. Adding an
 * element that is there leaves its timeout alone on older kernels, so it is added, deleted and added again.
 */
export function blockDocument(table: BlockTable, address: string, timeoutSeconds: number, comment: string): object {
  const element = (elem: unknown) => ({ element: { ...inTable(table), name: setName(address), elem: [elem] } });
  return {
    nftables: [
      ...frame(table),
      { add: element(address) },
      { delete: element(address) },
      { add: element({ elem: { val: address, timeout: timeoutSeconds, comment } }) },
    ],
  };
}

export function unblockDocument(table: BlockTable, address: string): object {
  return { nftables: [{ delete: { element: { ...inTable(table), name: setName(address), elem: [address] } } }] };
}

function inTable({ table }: BlockTable) {
  return { family: "inet", table };
}

/** The table with its sets and its chain. The chain is emptied and filled again, so that its rules are there once. */
function frame(table: BlockTable): object[] {
  const chain = { ...inTable(table), name: CHAIN };
  const set = (name: string, type: string): object => ({
    add: { set: { ...inTable(table), name, type, flags: ["timeout"], size: MAX_ELEMENTS } },
  });
  return [
    { add: { table: { family: "inet", name: table.table } } },
    set("block4", "ipv4_addr"),
    set("block6", "ipv6_addr"),
    { add: { chain: { ...chain, type: "filter", hook: "input", prio: PRIORITY, policy: "accept" } } },
    { flush: { chain } },
    resetRule(table, "ip", "block4"),
    resetRule(table, "ip6", "block6"),
  ];
}

/** A reset frees the client at once; a drop would leave it hanging, and its connection with it. */
function resetRule(table: BlockTable, protocol: "ip" | "ip6", set: string): object {
  const isEqual = (left: object, right: unknown): object => ({ match: { op: "==", left, right } });
  const expr = [
    isEqual({ payload: { protocol: "tcp", field: "dport" } }, { set: table.ports }),
    isEqual({ payload: { protocol, field: "saddr" } }, `@${set}`),
    { counter: { packets: 0, bytes: 0 } },
    { reject: { type: "tcp reset" } },
  ];
  return { add: { rule: { ...inTable(table), chain: CHAIN, expr } } };
}

/** Reads `nft -j list set`; an empty set has no `elem`, and an element without options is its bare value. */
export function parseElements(json: string): BlockElement[] {
  const { nftables } = JSON.parse(json) as { nftables: { set?: { elem?: (string | { elem: ListedElement })[] } }[] };
  const listed = nftables.flatMap(({ set }) => set?.elem ?? []);
  return listed.map((item) =>
    typeof item === "string"
      ? { address: item, comment: undefined }
      : { address: item.elem.val, comment: item.elem.comment },
  );
}

interface ListedElement {
  readonly val: string;
  readonly comment?: string;
}
