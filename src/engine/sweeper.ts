/** Steps after one pass. Deleting a large rest takes many passes. */
const STEPS = 20;

/**
 * After an autoclean pass, deletes what is left of items that are gone, and dead letters above the limits.
 */
export class Sweeper {
  readonly #step: () => Promise<boolean>;

  /** @param step One bounded step; resolves to whether another one may be worth it. */
  constructor(step: () => Promise<boolean>) {
    this.#step = step;
  }

  /**
   * Sweeps if there may be something to delete.
   *
   * @param step How many items are `marked` (they failed, are dead, or have a chosen uid), and how many uids
   * are `ghosts` (without payload).
   */
  async afterPass({ marked, ghosts }: { marked: number; ghosts: number }): Promise<void> {
    if (marked === 0 && ghosts === 0) return;
    for (let steps = 0; steps < STEPS; steps++) {
      if (!await this.#step()) return;
    }
  }
}
