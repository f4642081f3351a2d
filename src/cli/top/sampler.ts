import { RedisReplyError } from "../../errors.ts";
import type { Sample } from "../../queue_rates.ts";
import type { QueueStats, QueueTotals } from "../../queue_stats.ts";
import { ratesOf } from "../rates.ts";
import type { Server } from "./server.ts";

/** One queue as it was counted last. */
export interface QueueView {
  name: string;
  /** `undefined` if Redis refuses to count it. */
  stats: QueueStats | undefined;
  /** Why it does. */
  problem: string | undefined;
  /** What was added to the totals in a second; `null` at the first count. */
  rates: QueueTotals | null;
  /** Items acked in a second, the oldest count first. */
  history: number[];
}

/** How many queues are shown. */
export const MOST_QUEUES = 1_000;
/** How many counts a sparkline shows. */
export const HISTORY = 20;
/** To look for queues takes Redis this share of the time at most, and is done this often at most. */
const SHARE = 20;
const SHORTEST_SEARCH_INTERVAL_MS = 5_000;

/** Counts the items of all queues of a server, again and again. */
export class Sampler {
  readonly #server: Server;
  readonly #given: readonly string[];
  #names: readonly string[] = [];
  #searchAt = -Infinity;
  #samples = new Map<string, Sample & { history: number[] }>();

  /** @param given The names of the queues; none for all. */
  constructor(server: Server, given: readonly string[]) {
    this.#server = server;
    this.#given = given;
  }

  /** Counts them all, in the order of their names. */
  async sample(): Promise<QueueView[]> {
    const names = this.#given.length > 0 ? this.#given : await this.#search();
    const views = await Promise.all(names.map((name) => this.#view(name)));
    for (const name of this.#samples.keys()) if (!names.includes(name)) this.#samples.delete(name);
    return views;
  }

  async #search(): Promise<readonly string[]> {
    const startedAt = performance.now();
    if (startedAt < this.#searchAt) return this.#names;
    this.#names = await this.#server.names(MOST_QUEUES);
    const now = performance.now();
    this.#searchAt = now + Math.max(SHORTEST_SEARCH_INTERVAL_MS, SHARE * (now - startedAt));
    return this.#names;
  }

  async #view(name: string): Promise<QueueView> {
    const before = this.#samples.get(name);
    let stats: QueueStats;
    try {
      stats = await this.#server.stats(name);
    } catch (error) {
      // One queue that can't be counted must not hide the others.
      if (!(error instanceof RedisReplyError)) throw error;
      return { name, stats: undefined, problem: error.message, rates: null, history: [] };
    }
    const sample = { stats, at: performance.now() };
    const rates = ratesOf(sample, before);
    const acked = rates === null ? [] : [rates.acked];
    const history = [...before?.history ?? [], ...acked].slice(-HISTORY);
    this.#samples.set(name, { ...sample, history });
    return { name, stats, problem: undefined, rates, history };
  }
}
