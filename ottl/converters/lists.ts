import { BlockList, isIP } from "node:net";
import { compare } from "../compare.ts";
import { EvaluationError } from "../evaluation-error.ts";
import { converter } from "../function-definition.ts";
import { fromAttribute, isList, isMap, type Value } from "../value.ts";

const isItems = (value: Value) => isList(value);
const isMembers = (value: Value) => isMap(value);

/** What is in lists and maps. */
export const LIST_CONVERTERS = [
  converter("ContainsValue", ["target", "item"], (args) => {
    const target = args.typed("target", "list", isItems);
    const item = args.any("item");
    return (frame) => {
      const wanted = item(frame);
      return target(frame).some((element) => compare("==", fromAttribute(element), wanted));
    };
  }),
  converter("Index", ["target", "value"], (args) => {
    const target = args.any("target");
    const value = args.any("value");
    return (frame) => {
      const within = target(frame);
      const wanted = value(frame);
      if (isList(within)) return BigInt(within.findIndex((element) => compare("==", fromAttribute(element), wanted)));
      if (typeof within === "string" && typeof wanted === "string") {
        const at = within.indexOf(wanted);
        return at < 0 ? -1n : BigInt(Buffer.byteLength(within.slice(0, at)));
      }
      throw new EvaluationError("Index: target must be a list, or target and value strings");
    };
  }),
  converter("Keys", ["target"], (args) => {
    const target = args.typed("target", "map", isMembers);
    return (frame) => Object.keys(target(frame));
  }),
  converter("Values", ["target"], (args) => {
    const target = args.typed("target", "map", isMembers);
    return (frame) => Object.values(target(frame));
  }),
  converter("Coalesce", ["values"], (args) => {
    const values = args.items("values");
    return (frame) => {
      for (const get of values) {
        const value = get(frame);
        if (value !== null) return value;
      }
      return null;
    };
  }),
  converter("IsInCIDR", ["target", "networks"], (args) => {
    const target = args.string("target");
    const networks = args.compiledStrings("networks", toBlockList);
    return (frame) => {
      const address = target(frame);
      const family = isIP(address);
      if (family === 0) throw new EvaluationError("IsInCIDR: target is no IP address");
      return networks?.check(address, family === 4 ? "ipv4" : "ipv6") === true;
    };
  }),
  converter("IsValidLuhn", ["value"], (args) => {
    const get = args.any("value");
    return (frame) => {
      const value = get(frame);
      if (typeof value === "bigint" && value >= 0n) return isLuhn(value.toString());
      if (typeof value === "string") return isLuhn(value);
      throw new EvaluationError("IsValidLuhn: value must be a string of digits or an int");
    };
  }),
];

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    if (digit < 0 || digit > 9) throw new EvaluationError("IsValidLuhn: value must be a string of digits or an int");
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits !== "" && sum % 10 === 0;
}

function toBlockList(networks: readonly string[]): BlockList | string {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = "", ...more] = network.split("/");
    const family = isIP(address);
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === 0 || more.length > 0 || !(bits <= (family === 4 ? 32 : 128)))
      return `"${network}" is no network such as 10.0.0.0/8`;
    list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
