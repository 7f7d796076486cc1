import type { AttributeEditor } from "#core/attribute-draft.ts";
import { EvaluationError } from "../evaluation-error.ts";
import { editor } from "../function-definition.ts";
import { isMap, newMap, typeName } from "../value.ts";

export const deleteKey = editor("delete_key", ["target", "key"], (args) => {
  const map = args.map("target");
  const key = args.string("key");
  return (frame) => map(frame).delete(key(frame));
});

export const deleteMatchingKeys = editor("delete_matching_keys", ["target", "pattern"], (args) => {
  const map = args.map("target");
  const pattern = args.pattern("pattern");
  return (frame) => keep(map(frame), (key) => pattern?.test(key) === false);
});

export const keepMatchingKeys = editor("keep_matching_keys", ["target", "pattern"], (args) => {
  const map = args.map("target");
  const pattern = args.pattern("pattern");
  return (frame) => keep(map(frame), (key) => pattern?.test(key) === true);
});

export const keepKeys = editor("keep_keys", ["target", "keys"], (args) => {
  const map = args.map("target");
  const keys = new Set(args.literalStrings("keys"));
  return (frame) => keep(map(frame), (key) => keys.has(key));
});

/** The collector drops at random what is over the limit; here the first ones stay, so that a test can say which. */
export const limit = editor("limit", ["target", "limit", "priority_keys"], (args) => {
  const map = args.map("target");
  const most = args.literalCount("limit");
  const before = new Set(args.literalStrings("priority_keys"));
  return (frame) => {
    const attributes = map(frame);
    const keys = Object.keys(attributes.all());
    if (keys.length <= most) return;
    const ordered = [...keys.filter((key) => before.has(key)), ...keys.filter((key) => !before.has(key))];
    const kept = new Set(ordered.slice(0, most));
    keep(attributes, (key) => kept.has(key));
  };
});

export const mergeMaps = editor("merge_maps", ["target", "source", "strategy"], (args) => {
  const map = args.map("target");
  const get = args.any("source");
  const strategy = args.literalString("strategy", ["insert", "update", "upsert"]);
  return (frame) => {
    const source = get(frame);
    if (!isMap(source)) throw new EvaluationError(`merge_maps: source must be a map, got ${typeName(source)}`);
    const target = map(frame);
    const wanted = newMap();
    for (const [key, value] of Object.entries(source)) {
      const known = strategy !== "upsert" && target.get(key) !== undefined;
      if (strategy === "upsert" || (strategy === "update") === known) wanted[key] = value;
    }
    // At once: a map within a value is copied for each change.
    target.assign(wanted);
  };
});

/** Leaves the map alone when it has nothing to drop: an untouched record stays bytes. */
function keep(map: AttributeEditor, wanted: (key: string) => boolean): void {
  const all = map.all();
  const kept = newMap();
  let dropped = 0;
  for (const [key, value] of Object.entries(all)) {
    if (wanted(key)) kept[key] = value;
    else dropped++;
  }
  if (dropped > 0) map.replace(kept);
}
