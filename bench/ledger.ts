/** Bytes of an item, except where sizes are measured. */
const ITEM_BYTES = 100;
const DIGITS = 8;

/** The payload of the item with this number. */
export function payloadOf(number: number): string {
  return String(number).padStart(DIGITS, "0").padEnd(ITEM_BYTES, ".");
}

/** Notes which of `count` items were handled. Each must be handled once. */
export class Ledger {
  readonly #handled: Uint8Array;
  readonly #all = Promise.withResolvers<void>();
  #missing: number;
  #fault: Error | undefined;

  constructor(count: number) {
    this.#handled = new Uint8Array(count);
    this.#missing = count;
  }

  /** Payloads of all items, in order. */
  payloads(): string[] {
    return Array.from(this.#handled, (_, number) => payloadOf(number));
  }

  note(payload: string): void {
    const number = Number(payload.slice(0, DIGITS));
    if (this.#handled[number] !== 0) {
      const what = number < this.#handled.length ? "was handled twice" : "was never put";
      return this.fail(`The item ${number} ${what}`);
    }
    this.#handled[number] = 1;
    if (--this.#missing === 0) this.#all.resolve();
  }

  /** Ends the run. */
  protected fail(message: string): void {
    this.#fault ??= new Error(message);
    this.#all.reject(this.#fault);
  }

  /** Resolves when all items were handled. */
  all(): Promise<void> {
    return this.#all.promise;
  }

  /** Throws if an item was handled twice, or was never put. Call it after the consumer has stopped. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }
}
