import { Ledger } from "./ledger.ts";

const KEYS = 1_000;

/** The order key of an item: one of 1,000, in no pattern. So items that are close to each other may share one. */
export function keyOf(payload: string): string {
  const random = Math.abs(Math.sin(parseInt(payload, 10))) * 1e7;
  return `key ${Math.floor(random % KEYS)}`;
}

/** Checks, too, that items with the same key are handled in the order in which they were put. */
export class OrderLedger extends Ledger {
  readonly #last = new Map<string, string>();

  override note(payload: string): void {
    const key = keyOf(payload);
    const last = this.#last.get(key);
    if (last !== undefined && payload < last) {
      this.fail(`The item ${parseInt(payload, 10)} was handled after a later one of its key`);
    }
    this.#last.set(key, payload);
    super.note(payload);
  }
}
