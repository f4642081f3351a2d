import type { OrphanSearch, OrphanStep } from "../lua/orphans.ts";

/** Passes in a row that must see a surplus: an item that is being moved makes one for a moment. */
const PASSES = 3;
/** Steps of a search after one pass. Looking through a long queue takes many passes. */
const STEPS = 20;

/**
 * Finds orphans, so that no item rests out of sight for ever: items that have a payload but are in no list,
 * whatever the reason. It looks only while there are more items than all lists hold.
 */
export class OrphanFinder {
  readonly #step: (search?: OrphanSearch) => Promise<OrphanStep>;
  #passes = 0;
  #search: OrphanSearch | undefined;

  /** @param step One bounded step of a search. Without an argument it starts a new search. */
  constructor(step: (search?: OrphanSearch) => Promise<OrphanStep>) {
    this.#step = step;
  }

  /** Looks for orphans if `surplus`, the number of items that no list holds, stays above 0. */
  async afterPass(surplus: number): Promise<void> {
    this.#passes = surplus > 0 ? this.#passes + 1 : 0;
    if (this.#passes < PASSES) {
      this.#search = undefined;
      return;
    }
    for (let steps = 0; steps < STEPS; steps++) {
      const { next, requeued } = await this.#step(this.#search);
      this.#search = next;
      if (requeued > 0) {
        this.#passes = 0;
        return;
      }
    }
  }
}
