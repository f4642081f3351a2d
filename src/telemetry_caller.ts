import { errorText } from "./error_text.ts";
import { QueueError } from "./errors.ts";
import { addHeaders, type ItemHeaders, readHeaders } from "./headers.ts";
import type {
  EndedSpan,
  ObservedQueueInfo,
  ProcessedItem,
  QueueTelemetry,
  Settlement,
  SpanEnd,
  Telemetry,
} from "./telemetry.ts";

/** An item in the hands of a handler. */
interface HandledItem extends ProcessedItem {
  readonly outcome: SpanEnd["outcome"];
}

/**
 * Calls the {@linkcode Telemetry} of a user, so that nothing it does harms an item: what it throws is reported once, and the work
 * goes on without it.
 */
export class TelemetryCaller {
  readonly #telemetry: QueueTelemetry;
  readonly #onError: (error: unknown) => void;
  #hasFailed = false;

  constructor(
    telemetry: Telemetry,
    queue: ObservedQueueInfo,
    onError: (error: unknown) => void,
  ) {
    this.#onError = onError;
    this.#telemetry = this.#try(() => telemetry.forQueue(queue)) ?? {};
  }

  /** Sends items by `put`, which gets their headers as JSON. Calls it at once. */
  async send<R>(
    sending: { uids: readonly string[]; isBatch: boolean; headers: string | undefined },
    put: (headers: string | undefined) => Promise<R>,
  ): Promise<R> {
    const own = sending.headers;
    const span = this.#try(() => this.#telemetry.send?.({ ...sending, headers: readHeaders(own) }));
    const headers = this.#try(() => addHeaders(own, span?.headers)) ?? own;
    return await this.#until(span, () => put(headers));
  }

  /** Runs a handler. */
  async handle<Item extends HandledItem>(
    item: Item,
    handler: (item: Item) => unknown,
  ): Promise<void> {
    const span = this.#try(() => this.#telemetry.process?.(item));
    let handled: Promise<unknown> | undefined;
    const begin = () => void (handled ??= Promise.try(handler, item));
    if (span !== undefined) this.#try(() => span.within(begin));
    begin();
    try {
      await handled;
    } catch (error) {
      const { outcome } = item;
      // It was told to leave off.
      const isFault = outcome !== "released" && outcome !== "cancelled";
      this.#end(span, { outcome, failure: isFault ? { error } : undefined });
      throw error;
    }
    this.#end(span, { outcome: item.outcome });
  }

  /** Tells Redis what became of items, by `tell`. Calls it at once. */
  async settle<R>(
    operation: Settlement,
    items: readonly { readonly uid: string; readonly headers?: ItemHeaders }[],
    tell: () => Promise<R>,
  ): Promise<R> {
    const span = this.#try(() => this.#telemetry.settle?.({ operation, items }));
    return await this.#until(span, tell);
  }

  /** Items were handed out, and to no handler. */
  receive(count: number): void {
    if (count > 0) this.#try(() => this.#telemetry.receive?.(count));
  }

  async #until<R>(span: EndedSpan | undefined, work: () => Promise<R>): Promise<R> {
    let result: R;
    try {
      result = await work();
    } catch (error) {
      this.#end(span, { failure: { error } });
      throw error;
    }
    this.#end(span, {});
    return result;
  }

  #end(span: EndedSpan | undefined, end: SpanEnd): void {
    if (span !== undefined) this.#try(() => span.end(end));
  }

  /** Also what an asynchronous one throws later. */
  #try<R>(call: () => R): R | undefined {
    try {
      const result = call();
      if (result instanceof Promise) result.catch((error) => this.#tell(error));
      return result;
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #tell(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const message =
      `The telemetry has failed: ${errorText(cause)}; items are put and handled all ` +
      "the same, and further errors of it are not reported";
    this.#onError(new QueueError(message, { cause }));
  }
}
