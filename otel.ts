/**
 * Traces and metrics of queues by OpenTelemetry: {@linkcode openTelemetry} for the option `telemetry`, and {@linkcode observeQueue}
 * for the numbers of a queue. Only who imports this module downloads `npm:@opentelemetry/api`.
 *
 * The page `docs/observability.md` shows how to begin, and lists all spans, attributes and metrics.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { observeQueue, openTelemetry } from "@saferedisqueue/saferedisqueue/otel";
 *
 * await using queue = new SafeRedisQueue({ name: "mails", telemetry: openTelemetry() });
 * using _observation = observeQueue(queue);
 * await queue.put("to Ada");
 * ```
 *
 * @module
 */

export {
  type ObservableQueue,
  observeQueue,
  type QueueObservation,
} from "./src/otel/observe_queue.ts";
export { openTelemetry, type OpenTelemetryOptions } from "./src/otel/open_telemetry.ts";
