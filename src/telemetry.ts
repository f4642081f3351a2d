import type { ItemHeaders } from "./headers.ts";
import type { QueueItem } from "./queue_item.ts";

/**
 * What a queue tells of its work, for traces and metrics: the option `telemetry`. `openTelemetry()` of the entry point `./otel`
 * makes one. What it throws harms no item: the first such error goes to `onError`.
 */
export interface Telemetry {
  /**
   * Called once, when a queue is made.
   *
   * @param queue The queue.
   * @returns What to tell of it.
   */
  forQueue(queue: ObservedQueueInfo): QueueTelemetry;
}

/** Which queue it is. */
export interface ObservedQueueInfo {
  /** Its name. */
  name: string;
  /** Where its Redis is: a host name or the path of a socket; `undefined` if it may change. */
  address: string | undefined;
  /** The port of its Redis. */
  port: number | undefined;
}

/** What to tell of one queue. A method that is left out costs nothing. */
export interface QueueTelemetry {
  /** Called when items are on their way to Redis. */
  send?(sending: Sending): SendSpan;
  /** Called when a handler is about to begin. */
  process?(item: ProcessedItem): ProcessSpan;
  /** Called when Redis is about to be told what became of items. */
  settle?(settling: Settling): EndedSpan;
  /** Called when `get`, `getMany` or `for await` has handed out items. */
  receive?(count: number): void;
}

/** Items on their way to Redis. */
export interface Sending {
  /** Their uids. */
  uids: readonly string[];
  /** Whether they are those of one `putMany`. */
  isBatch: boolean;
  /** The headers that the caller gave; `{}` for none. */
  headers: ItemHeaders;
}

/** An item whose handler is about to begin. */
export type ProcessedItem = Pick<
  QueueItem<unknown>,
  "uid" | "attempt" | "orderKey" | "enqueuedAt" | "headers"
>;

/** What the queue is told of items: that they are done, have failed, or are given back. */
export type Settlement = "ack" | "fail" | "release";

/** Items of which Redis is about to be told. */
export interface Settling {
  /** What it is told. */
  operation: Settlement;
  /** The items; `headers` of those that were handed to a handler or a loop. */
  items: readonly { readonly uid: string; readonly headers?: ItemHeaders }[];
}

/** Something that has begun. */
export interface EndedSpan {
  /**
   * Called once, at its end.
   *
   * @param end How it ended.
   */
  end(end: SpanEnd): void;
}

/** How something ended. */
export interface SpanEnd {
  /** What was thrown, in an object of its own since anything can be thrown; `undefined` for nothing. */
  failure?: { error: unknown } | undefined;
  /** What the handler itself has said of its item, as far as it is known by then. */
  outcome?: "acked" | "failed" | "dead" | "released" | "lost" | "cancelled" | undefined;
}

/** Items that are being sent. */
export interface SendSpan extends EndedSpan {
  /** Headers to send along. Those of the caller come first, and what is too large is left out. */
  headers?: ItemHeaders | undefined;
}

/** An item that is being handled. */
export interface ProcessSpan extends EndedSpan {
  /** Calls `handle`, which begins the handler and returns at once, in the context of the span. */
  within(handle: () => void): void;
}
