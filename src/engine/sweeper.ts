/** Steps after one pass. Deleting a large rest takes many passes. */
const STEPS = 20;

/**
 * After an autoclean pass, deletes what is left of items that are gone, and dead letters above the limits.
 */
export class Sweeper {
  readonly #step: (isFirst: boolean) => Promise<boolean>;

  /** @param step One bounded step, the first of a pass a short one; resolves to whether another one may be worth it. */
  constructor(step: (isFirst: boolean) => Promise<boolean>) {
    this.#step = step;
  }

  /**
   * Sweeps if there may be something to delete.
   *
   * @param step Whether any item is `marked` (it has failed, is dead, or has headers, for example), and how many uids are
   * `ghosts` (without payload).
   */
  async afterPass({ marked, ghosts }: { marked: boolean; ghosts: number }): Promise<void> {
    if (!marked && ghosts === 0) return;
    for (let steps = 0; steps < STEPS; steps++) {
      if (!await this.#step(steps === 0)) return;
    }
  }
}
