import {
  type Attributes,
  type Context,
  context,
  type Link,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { errorText } from "../error_text.ts";
import type { ItemHeaders } from "../headers.ts";
import type {
  EndedSpan,
  ObservedQueueInfo,
  ProcessedItem,
  ProcessSpan,
  QueueTelemetry,
  Sending,
  SendSpan,
  Settlement,
  Settling,
  SpanEnd,
  Telemetry,
} from "../telemetry.ts";
import { checkOptions } from "../given_options.ts";
import { DURATION_BOUNDS, operation, queueAttributes, SCHEMA_URL, SCOPE } from "./conventions.ts";
import { VERSION } from "../version.ts";

/** How the work of a queue is traced. */
export interface OpenTelemetryOptions {
  /**
   * Whether the span of a handler is a child of that of the put, in one trace. By default it begins its own, or is a child of what
   * is active where the work was begun, and has a link to the put. Default: false.
   */
  parent?: boolean | undefined;
  /** Whether there are also spans, and durations, of what Redis is told of items: `ack`, `fail` and `release`. Default: false. */
  settle?: boolean | undefined;
}

const OPTIONS = { parent: true, settle: true } satisfies Record<keyof OpenTelemetryOptions, true>;

/**
 * Traces and metrics of a queue by OpenTelemetry, for the option `telemetry`. They go where the program's OpenTelemetry sends them:
 * Deno's own (`OTEL_DENO=true`), or an SDK. Without one, nothing is measured.
 *
 * @param options How the work is traced.
 * @returns The value for the option.
 * @throws {TypeError} If an option is unknown or has a wrong value.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { openTelemetry } from "@saferedisqueue/saferedisqueue/otel";
 *
 * await using queue = new SafeRedisQueue({ name: "mails", telemetry: openTelemetry() });
 * await queue.put("to Ada"); // the span "send mails"
 * await queue.drain(({ payload }) => console.log(payload)); // the span "process mails", linked to it
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkOptions(options, OPTIONS);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`The option ${name} is ${Deno.inspect(value)}: expected a boolean`);
  }
  const { parent = false, settle = false } = options;
  return {
    forQueue(queue) {
      const tracing = new QueueTracing(queue, parent);
      const telemetry: QueueTelemetry = {
        send: (sending) => tracing.send(sending),
        process: (item) => tracing.process(item),
        receive: (count) => tracing.receive(count),
      };
      return settle ? { ...telemetry, settle: (settling) => tracing.settle(settling) } : telemetry;
    },
  };
}

/** The spans and metrics of one queue. */
class QueueTracing {
  readonly #name: string;
  /** What everything of an operation has, by its name. */
  readonly #attributes: Record<"send" | "process" | "get" | Settlement, Attributes>;
  readonly #isParent: boolean;
  readonly #tracer = trace.getTracerProvider().getTracer(SCOPE, VERSION, { schemaUrl: SCHEMA_URL });
  readonly #sent;
  readonly #consumed;
  readonly #operationDuration;
  readonly #processDuration;

  constructor(queue: ObservedQueueInfo, isParent: boolean) {
    this.#name = queue.name;
    const shared = queueAttributes(queue);
    this.#attributes = {
      send: { ...shared, ...operation("send", "send") },
      process: { ...shared, ...operation("process", "process") },
      get: { ...shared, ...operation("get", "receive") },
      ack: { ...shared, ...operation("ack", "settle") },
      fail: { ...shared, ...operation("fail", "settle") },
      release: { ...shared, ...operation("release", "settle") },
    };
    this.#isParent = isParent;
    const meter = metrics.getMeter(SCOPE, VERSION, { schemaUrl: SCHEMA_URL });
    const inSeconds = { unit: "s", advice: { explicitBucketBoundaries: DURATION_BOUNDS } };
    const messages = { unit: "{message}" };
    this.#operationDuration = meter.createHistogram("messaging.client.operation.duration", {
      description: "Duration of a call that puts items, or says what became of them",
      ...inSeconds,
    });
    this.#processDuration = meter.createHistogram("messaging.process.duration", {
      description: "Duration of a handler",
      ...inSeconds,
    });
    this.#sent = meter.createCounter("messaging.client.sent.messages", {
      description: "Items that were put, or may have been",
      ...messages,
    });
    this.#consumed = meter.createCounter("messaging.client.consumed.messages", {
      description: "Items that were handed out, each delivery counted",
      ...messages,
    });
  }

  send({ uids, isBatch, headers }: Sending): SendSpan {
    const attributes = this.#attributes.send;
    const created = remoteSpan(headers);
    const span = this.#tracer.startSpan(`send ${this.#name}`, {
      kind: SpanKind.PRODUCER,
      attributes: {
        ...attributes,
        ...(isBatch
          ? { "messaging.batch.message_count": uids.length }
          : { "messaging.message.id": uids[0]! }),
      },
      links: created.links,
    });
    const end = this.#ended(span, attributes, (seconds, all) => {
      this.#operationDuration.record(seconds, all);
      this.#sent.add(uids.length, all);
    });
    // A context that the caller has given stays as it is.
    if (!isSampled(span) || created.links.length > 0) return { end };
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(context.active(), span), carrier);
    return { headers: carrier, end };
  }

  process({ uid, attempt, headers }: ProcessedItem): ProcessSpan {
    const attributes = this.#attributes.process;
    const { links, context: sent } = remoteSpan(headers);
    const isChild = this.#isParent && links.length > 0;
    const options = {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...attributes,
        "messaging.message.id": uid,
        "messaging.saferedisqueue.attempt": attempt,
      },
      links: isChild ? [] : links,
    };
    const around = isChild ? sent : withBaggageOf(sent);
    const span = this.#tracer.startSpan(`process ${this.#name}`, options, around);
    this.#consumed.add(1, attributes);
    return {
      within: (handle) => context.with(trace.setSpan(around, span), handle),
      end: this.#ended(span, attributes, (seconds, all) => {
        this.#processDuration.record(seconds, all);
      }),
    };
  }

  settle({ operation: name, items }: Settling): EndedSpan {
    const attributes = this.#attributes[name];
    const [first] = items;
    const span = this.#tracer.startSpan(`${name} ${this.#name}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        ...attributes,
        ...(items.length === 1
          ? { "messaging.message.id": first!.uid }
          : { "messaging.batch.message_count": items.length }),
      },
      links: items.flatMap(({ headers = {} }) => remoteSpan(headers).links),
    });
    const end = this.#ended(span, attributes, (seconds, all) => {
      this.#operationDuration.record(seconds, all);
    });
    return { end };
  }

  receive(count: number): void {
    this.#consumed.add(count, this.#attributes.get);
  }

  /** What ends a span, and measures it. */
  #ended(
    span: Span,
    attributes: Attributes,
    measure: (seconds: number, attributes: Attributes) => void,
  ): EndedSpan["end"] {
    const begun = performance.now();
    return (end) => {
      const seconds = (performance.now() - begun) / 1000;
      const errorType = errorTypeOf(end);
      try {
        if (errorType !== undefined) markFailed(span, errorType, end.failure);
      } finally {
        span.end();
        measure(
          seconds,
          errorType === undefined ? attributes : { ...attributes, "error.type": errorType },
        );
      }
    };
  }
}

function isSampled(span: Span): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** The span in whose context an item was put, as a link, and that context. */
function remoteSpan(headers: ItemHeaders): { links: Link[]; context: Context } {
  if (Object.keys(headers).length === 0) return { links: [], context: ROOT_CONTEXT };
  const extracted = propagation.extract(ROOT_CONTEXT, headers);
  const spanContext = trace.getSpanContext(extracted);
  const links = spanContext === undefined ? [] : [{ context: spanContext }];
  return { links, context: extracted };
}

/** The active context, with the baggage of an item. */
function withBaggageOf(sent: Context): Context {
  const baggage = propagation.getBaggage(sent);
  const active = context.active();
  return baggage === undefined ? active : propagation.setBaggage(active, baggage);
}

/** Of few values: the name of an error's class, or what the handler has said of its item. */
function errorTypeOf({ failure, outcome }: SpanEnd): string | undefined {
  if (failure === undefined) {
    const isFailed = outcome === "failed" || outcome === "dead" || outcome === "lost";
    return isFailed ? outcome : undefined;
  }
  const { error } = failure;
  const name = error instanceof Error ? error.constructor.name : undefined;
  return name || "_OTHER";
}

function markFailed(span: Span, errorType: string, failure: SpanEnd["failure"]): void {
  span.setAttribute("error.type", errorType);
  if (failure === undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    return;
  }
  const message = errorText(failure.error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.recordException(failure.error instanceof Error ? failure.error : message);
}
