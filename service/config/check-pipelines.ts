import { nearestName } from "#core/nearest-name.ts";
import type { Path } from "./located.ts";
import type { Problems } from "./problems.ts";
import type { PipelineConfig, ServiceConfig } from "./service-schema.ts";

/** Checks that pipelines name what there is, and that records cannot run in a circle. */
export function checkPipelines(
  problems: Problems,
  service: ServiceConfig,
  idsOf: (section: "receivers" | "processors" | "exporters" | "extensions") => readonly string[],
  emitters: ReadonlyMap<string, boolean>,
): void {
  const base: Path = ["service", "pipelines"];
  const pipelines = Object.entries(service.pipelines);
  if (pipelines.length === 0) problems.add(["service"], "service::pipelines is empty: nothing would run");
  for (const [i, id] of service.extensions.entries()) {
    reference(problems, ["service", "extensions", i], id, "extensions", idsOf("extensions"));
  }
  const emitting = [...emitters].filter(([, emits]) => emits).map(([id]) => id);
  for (const [name, pipeline] of pipelines) {
    const path = [...base, name];
    const signal = name.split("/")[0];
    if (signal !== "logs")
      problems.add(path, `pipeline "${name}" has no known signal; valid: logs, logs/<name>`, { atKey: true });
    for (const [i, id] of pipeline.receivers.entries()) {
      if (emitters.get(id) === true) {
        if (!pipelines.some(([, other]) => other.processors.includes(id))) {
          problems.add([...path, "receivers", i], `"${id}" emits nothing: no pipeline has it as a processor`);
        }
      } else reference(problems, [...path, "receivers", i], id, "receivers", [...idsOf("receivers"), ...emitting]);
    }
    for (const [i, id] of pipeline.processors.entries()) {
      reference(problems, [...path, "processors", i], id, "processors", idsOf("processors"));
      if (pipeline.processors.indexOf(id) < i)
        problems.add([...path, "processors", i], `"${id}" is listed twice in one pipeline`);
    }
    for (const [i, id] of pipeline.exporters.entries()) {
      reference(problems, [...path, "exporters", i], id, "exporters", idsOf("exporters"));
    }
  }
  for (const id of emitting) {
    const used = pipelines.some(([, { processors }]) => processors.includes(id));
    if (!used || pipelines.some(([, { receivers }]) => receivers.includes(id))) continue;
    problems.warn(["processors", id], `nobody gets what "${id}" emits: no pipeline names it as a receiver`);
  }
  const circle = findCircle(new Map(pipelines), emitters);
  if (circle !== undefined)
    problems.add([...base, circle[0] as string], `records would run in a circle: ${circle.join(" -> ")}`, {
      atKey: true,
    });
}

function reference(problems: Problems, path: Path, id: string, section: string, ids: readonly string[]): void {
  if (ids.includes(id)) return;
  problems.add(path, `"${id}" is not configured in ${section}`, { suggestion: nearestName(id, ids) });
}

/** Pipelines that feed one another through what their processors emit, as a path that ends where it began. */
function findCircle(
  pipelines: ReadonlyMap<string, PipelineConfig>,
  emitters: ReadonlyMap<string, boolean>,
): string[] | undefined {
  const feeds = (name: string): string[] => {
    const emitted = (pipelines.get(name)?.processors ?? []).filter((id) => emitters.get(id) === true);
    return [...pipelines]
      .filter(([, other]) => other.receivers.some((id) => emitted.includes(id)))
      .map(([other]) => other);
  };
  const done = new Set<string>();
  const visit = (name: string, trail: string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of feeds(name)) {
      const circle = visit(next, [...trail, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of pipelines.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
