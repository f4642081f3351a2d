/** Steps of a search after one pass: many items are looked through over many passes. */
const STEPS = 20;

/** Deletes what is left of items that are gone, and the dead letters above the limits, after each autoclean pass. */
export class Sweeper {
  readonly #step: (cursor: string) => Promise<{ cursor: string; more: boolean }>;
  #cursor = "0";

  /** @param step One bounded step from `cursor` on. */
  constructor(step: (cursor: string) => Promise<{ cursor: string; more: boolean }>) {
    this.#step = step;
  }

  /** Sweeps, where there is any item that has failed before, or is dead. */
  async afterPass(marked: number): Promise<void> {
    if (marked === 0) return;
    for (let steps = 0; steps < STEPS; steps++) {
      const { cursor, more } = await this.#step(this.#cursor);
      this.#cursor = cursor;
      if (!more) return;
    }
  }
}
