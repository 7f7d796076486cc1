import type { AnyFactory, BuildExporter, BuildExtension, BuildProcessor, BuildReceiver } from "#core/factory.ts";
import { nearestName } from "#core/nearest-name.ts";
import { parseConfig } from "#core/parse-config.ts";
import { type ComponentLists, findFactory } from "../component-lists.ts";
import { parseComponentId } from "./component-id.ts";
import { extensionReferences } from "./extension-references.ts";
import { type Located, partAt, type Path, toPlain } from "./located.ts";
import { checkPipelines } from "./check-pipelines.ts";
import { parseWithText } from "./parse-with-text.ts";
import { ConfigurationError, type PlacedIssue } from "./placed-issue.ts";
import { Problems } from "./problems.ts";
import { type ServiceConfig, serviceConfig } from "./service-schema.ts";

/** A component that was checked and can be built. */
export interface Prepared<Build> {
  readonly id: string;
  readonly type: string;
  /** Type and settings, secrets included: equal for components that would be built alike. Not to be shown. */
  readonly fingerprint: string;
  /** Extensions that its settings name. */
  readonly references: readonly string[];
  readonly build: Build;
}

interface PreparedProcessor extends Prepared<BuildProcessor> {
  readonly emits: boolean;
}

/** A configuration without mistakes. Nothing is built yet. */
export interface PreparedConfig {
  readonly receivers: ReadonlyMap<string, Prepared<BuildReceiver>>;
  readonly processors: ReadonlyMap<string, PreparedProcessor>;
  readonly exporters: ReadonlyMap<string, Prepared<BuildExporter>>;
  readonly extensions: ReadonlyMap<string, Prepared<BuildExtension>>;
  readonly service: ServiceConfig;
  readonly warnings: readonly PlacedIssue[];
}

const SECTIONS = ["receivers", "processors", "exporters", "extensions", "service"] as const;

/** Checks a whole configuration without I/O. @throws ConfigurationError with every mistake. */
export function checkConfig(root: Located, lists: ComponentLists): PreparedConfig {
  const problems = new Problems(root);
  if (root.kind !== "map" || root.entries.size === 0)
    throw new ConfigurationError([problems.at([], "the configuration is empty")]);
  for (const key of root.entries.keys()) {
    if ((SECTIONS as readonly string[]).includes(key)) continue;
    if (key === "connectors") problems.add([key], "connectors are not supported yet", { atKey: true });
    else {
      const suggestion = nearestName(key, SECTIONS);
      problems.add([key], `unknown section "${key}"; valid sections: ${SECTIONS.join(", ")}`, {
        suggestion,
        atKey: true,
      });
    }
  }
  const receivers = prepareSection(problems, root, "receivers", lists.receivers);
  const processors = prepareSection(problems, root, "processors", lists.processors);
  const exporters = prepareSection(problems, root, "exporters", lists.exporters);
  const extensions = prepareSection(problems, root, "extensions", lists.extensions);
  const service = prepareService(problems, root);
  const emitters = new Map(
    idsOf(root, "processors").map((id) => [
      id,
      findFactory(lists.processors, id.split("/")[0] ?? "")?.factory.emits === true,
    ]),
  );
  if (service !== undefined) {
    const declared = { receivers, processors, exporters, extensions };
    checkPipelines(problems, service, (section) => idsOf(root, section), emitters);
    for (const [section, prepared] of Object.entries(declared)) {
      for (const [id, { factory, raw }] of prepared) {
        for (const { path, id: wanted } of extensionReferences(factory.schema, raw)) {
          if (service.extensions.includes(wanted)) continue;
          const message = `"${wanted}" is not in service::extensions`;
          problems.add([section, id, ...path], message, { suggestion: nearestName(wanted, service.extensions) });
        }
      }
    }
  }
  if (problems.issues.length > 0 || service === undefined) throw new ConfigurationError(problems.issues);
  const emits = (id: string): boolean => processors.get(id)?.factory.emits ?? false;
  return {
    receivers: builders(receivers),
    processors: new Map([...builders(processors)].map(([id, prepared]) => [id, { ...prepared, emits: emits(id) }])),
    exporters: builders(exporters),
    extensions: builders(extensions),
    service,
    warnings: problems.warnings,
  };
}

/** Ids that a section configures, those with mistakes too: a mistake is told once. */
function idsOf(root: Located, section: string): string[] {
  const part = partAt(root, [section]);
  return part?.kind === "map" ? [...part.entries.keys()].map((id) => id.trim()) : [];
}

interface Declared<F extends AnyFactory> {
  readonly factory: F;
  /** Its settings as plain data. */
  readonly raw: unknown;
  readonly build: ReturnType<F["prepare"]>;
}

function builders<F extends AnyFactory>(
  declared: ReadonlyMap<string, Declared<F>>,
): Map<string, Prepared<ReturnType<F["prepare"]>>> {
  const ofId = (id: string, { factory, raw, build }: Declared<F>): Prepared<ReturnType<F["prepare"]>> => ({
    id,
    type: factory.type,
    build,
    fingerprint: JSON.stringify([factory.type, raw], (_, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    ),
    references: extensionReferences(factory.schema, raw).map((reference) => reference.id),
  });
  return new Map([...declared].map(([id, one]) => [id, ofId(id, one)]));
}

/** Every component of a section that can be prepared; the others leave problems. */
function prepareSection<F extends AnyFactory>(
  problems: Problems,
  root: Located,
  section: string,
  factories: readonly F[],
): Map<string, Declared<F>> {
  const prepared = new Map<string, Declared<F>>();
  const part = partAt(root, [section]);
  if (part === undefined || (part.kind === "scalar" && part.value === null)) return prepared;
  if (part.kind !== "map") {
    problems.add([section], "expected a map of component ids to settings");
    return prepared;
  }
  for (const [id, { value }] of part.entries) {
    const path: Path = [section, id];
    const parsed = parseComponentId(id);
    if (typeof parsed === "string") {
      problems.add(path, parsed, { atKey: true });
      continue;
    }
    const found = findFactory(factories, parsed.type);
    if (found === undefined) {
      const types = factories.map(({ type }) => type);
      const message = `unknown type "${parsed.type}" in ${section}; valid types: ${types.join(", ")}`;
      problems.add(path, message, { suggestion: nearestName(parsed.type, types), atKey: true });
      continue;
    }
    if (found.deprecated) problems.warn(path, `"${parsed.type}" is an old name, write "${found.factory.type}"`);
    const build = problems.attempt(path, () =>
      parseWithText(value, (raw) => found.factory.prepare(raw) as ReturnType<F["prepare"]>),
    );
    if (build !== undefined)
      prepared.set(id.trim(), { factory: found.factory, raw: toPlain(value), build: build.result });
  }
  return prepared;
}

function prepareService(problems: Problems, root: Located): ServiceConfig | undefined {
  const part = partAt(root, ["service"]);
  if (part === undefined) {
    problems.add([], "the section service is missing");
    return undefined;
  }
  const parsed = problems.attempt(["service"], () => parseWithText(part, (raw) => parseConfig(serviceConfig, raw)));
  return parsed?.result;
}
