import { QueueError } from "../errors.ts";

/** What {@linkcode HeldKeys} work with. */
export interface HeldKeysOptions {
  /** Reads order keys that dead letters hold up, or some of them if there are many. */
  read: () => Promise<string[]>;
  onError: (error: unknown) => void;
}

/** Tells of the order keys that a dead letter holds up, of each once: nobody else would notice that their items wait. */
export class HeldKeys {
  readonly #options: HeldKeysOptions;
  #told = new Set<string>();

  constructor(options: HeldKeysOptions) {
    this.#options = options;
  }

  /** @param count How many order keys are held up. */
  async afterPass(count: number): Promise<void> {
    const keys = new Set(count === 0 ? [] : await this.#options.read());
    const fresh = keys.difference(this.#told);
    // If only some were read, those that are missing may be held up still.
    this.#told = keys.size < count ? this.#told.union(keys) : keys;
    if (fresh.size === 0) return;
    const names = Array.from(fresh, (key) => JSON.stringify(key)).join(", ");
    this.#options.onError(
      new QueueError(
        `Dead letters hold up the items with the order keys ${names} (${count} in all): requeue or delete these dead letters`,
      ),
    );
  }
}
