import type { OrphanSearch, OrphanStep } from "../lua/orphans.ts";

/** A surplus is believed when so many passes in a row saw one: an item on its way somewhere passes. */
const PASSES = 3;
/** Steps of a search after one pass: a long queue is looked through over many passes. */
const STEPS = 20;

/**
 * Finds items that have a payload but stand in no list, whatever put them there, so that nothing rests for ever out of
 * sight. It looks only while there are more items than all lists hold.
 */
export class OrphanFinder {
  readonly #step: (search?: OrphanSearch) => Promise<OrphanStep>;
  #passes = 0;
  #search: OrphanSearch | undefined;

  /** @param step One bounded step of a search; of a new one without argument. */
  constructor(step: (search?: OrphanSearch) => Promise<OrphanStep>) {
    this.#step = step;
  }

  /** Looks for orphans, where `surplus` tells that there may be some. */
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
