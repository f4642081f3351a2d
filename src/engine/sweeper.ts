/** Steps after one pass: what is left over goes away over many passes. */
const STEPS = 20;

/** Deletes what is left of items that are gone, and the dead letters above the limits, after an autoclean pass. */
export class Sweeper {
  readonly #step: () => Promise<boolean>;

  /** @param step One bounded step; resolves to whether another one may be worth it. */
  constructor(step: () => Promise<boolean>) {
    this.#step = step;
  }

  /** Sweeps, where there may be anything to sweep: of items that have failed before, are dead, or were named; or ghosts. */
  async afterPass({ marked, ghosts }: { marked: number; ghosts: number }): Promise<void> {
    if (marked === 0 && ghosts === 0) return;
    for (let steps = 0; steps < STEPS; steps++) {
      if (!await this.#step()) return;
    }
  }
}
