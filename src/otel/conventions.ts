import type { Attributes } from "@opentelemetry/api";
import type { ObservedQueueInfo } from "../telemetry.ts";

// The semantic conventions of messaging, version 1.39.0: they are not stable yet. (Version 1.45.0 has `messaging.system.name` in
// place of `messaging.system`.)

/** The version of the semantic conventions. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.39.0";

/** Name of the tracer and the meter. */
export const SCOPE = "@saferedisqueue/saferedisqueue";

/** Bounds of the buckets of durations, in seconds. */
export const DURATION_BOUNDS: number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
];

/** The attributes that everything of a queue has. */
export function queueAttributes({ name, address, port }: ObservedQueueInfo): Attributes {
  return {
    "messaging.system": "saferedisqueue",
    "messaging.destination.name": name,
    ...(address === undefined ? {} : { "server.address": address }),
    ...(port === undefined ? {} : { "server.port": port }),
  };
}

/** The attributes of an operation: its name here, and its kind in the conventions. */
export function operation(
  name: string,
  type: "send" | "process" | "receive" | "settle",
): Attributes {
  return { "messaging.operation.name": name, "messaging.operation.type": type };
}
