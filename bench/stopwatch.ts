import process from "node:process";
import type { Reading } from "./reading.ts";
import type { Server } from "./server.ts";

/** Times `work`, which is for `items` items: items per second, and CPU time per item. */
export async function timeItems(
  server: Server,
  { figure, items, work }: { figure: string; items: number; work: () => Promise<unknown> },
): Promise<Reading> {
  const serverCpu = await server.cpu();
  const clientCpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(clientCpu);
  return {
    figure,
    value: items / (ms / 1_000),
    unit: "items/s",
    clientMicros: (user + system) / items,
    serverMicros: (await server.cpu() - serverCpu) * 1e6 / items,
  };
}

/** The median and the 99th percentile of `durations`, in milliseconds. */
export function readLatencies(figure: string, durations: number[], of?: string): Reading[] {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
  return [["p50", 0.5] as const, ["p99", 0.99] as const].map(([name, share]) => ({
    figure: `${figure} ${name}`,
    ...(of === undefined ? {} : { of }),
    value: at(share),
    unit: "ms",
  }));
}
