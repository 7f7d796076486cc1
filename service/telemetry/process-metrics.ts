import type { Meter } from "@opentelemetry/api";

/** Resource use of this process, under the collector's names where it has one. Source: collector, service/documentation.md. */
export function observeProcess(meter: Meter, memoryLimitBytes: number): void {
  const counter = (name: string, description: string, unit: string, read: () => number): void => {
    meter.createObservableCounter(name, { description, unit }).addCallback((result) => result.observe(read()));
  };
  const gauge = (name: string, description: string, unit: string, read: () => number): void => {
    meter.createObservableGauge(name, { description, unit }).addCallback((result) => result.observe(read()));
  };
  counter("otelcol_process_uptime", "Seconds since the process began.", "s", () => process.uptime());
  counter("otelcol_process_cpu_seconds", "Seconds of processor time, user and system together.", "s", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge("otelcol_process_memory_rss", "Resident memory.", "By", () => process.memoryUsage.rss());
  gauge(
    "otelcol_process_runtime_heap_alloc_bytes",
    "Bytes of objects on the JavaScript heap, garbage that was not collected yet included.",
    "By",
    () => process.memoryUsage().heapUsed,
  );
  gauge(
    "otelcol_process_runtime_total_sys_memory_bytes",
    "Bytes that the JavaScript engine has from the system: its heap, and what is allocated outside of it for objects.",
    "By",
    () => {
      const { heapTotal, external } = process.memoryUsage();
      return heapTotal + external;
    },
  );
  gauge(
    "tidewatch_process_memory_limit_bytes",
    "Memory that the process may use: the container's limit, or all that the machine has.",
    "By",
    () => memoryLimitBytes,
  );
}
