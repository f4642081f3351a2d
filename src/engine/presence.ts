import type { Shortfalls } from "../connection/shortfalls.ts";
import type { ConsumerDetails } from "../consumers.ts";
import { RedisReplyError } from "../errors.ts";
import type { Announcement } from "../lua/parts/presence.ts";
import { hostOfMachine } from "./machine.ts";

/** What a {@linkcode Presence} works with. */
export interface PresenceOptions {
  /** Id of the instance. */
  id: string;
  /** What the user calls it. */
  name: string | undefined;
  /** The key that tells who consumes, for the text of a refusal. */
  key: string;
  /** Seconds between two announcements at most, as long as all goes well. */
  interval: number;
  /** Whether a `get` is under way. */
  isTaking: () => boolean;
  /** How many claims this instance has made. */
  claims: () => number;
  /** Makes a call that can carry an announcement. */
  announce: () => void;
  /** Tells Redis that this instance consumes no more. */
  depart: (id: string) => Promise<void>;
  shortfalls: Shortfalls;
}

/** One worker, or one loop over items. */
export interface Post extends Pick<ConsumerDetails, "concurrency"> {
  inHand: () => number;
}

/** Shorter work is over before anybody looks, and costs no call. */
const FIRST_AFTER_MS = 1_000;
/** A cleaner with a short lease passes more often than anybody looks. */
const SHORTEST_INTERVAL_MS = 4_000;
/** Seconds for which no instance is taken for gone, and how many announcements may get lost. */
const SHORTEST_LIFETIME = 60;
const LOST_ANNOUNCEMENTS = 3;

/**
 * Tells who consumes. While this instance does, the autoclean call carries what it says of itself. It consumes while a worker or
 * a loop over items has a post here, and if it has called `get` since it said so last.
 *
 * All of this is for people to look at: what goes wrong here stops nothing.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #posts = new Set<Post>();
  readonly #host = hostOfMachine();
  /** Whether Redis may know of these posts. */
  #isPosted = false;
  /** Whether Redis may know of this instance. */
  #isKnown = false;
  /** When it began to consume, as `performance.now()` counts. */
  #since: number | undefined;
  #announcedAt = -Infinity;
  /** How many claims it had made then. */
  #claims = 0;
  /** Whether the user may not use the keys, so that each further try would cost a call. */
  #isBarred = false;
  #first: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Says that a worker begins. Returns what says that it has ended. */
  enter(post: Post): () => void {
    this.#posts.add(post);
    if (this.#posts.size === 1) {
      this.#announcedAt = -Infinity;
      this.#first = setTimeout(this.#options.announce, FIRST_AFTER_MS);
      Deno.unrefTimer(this.#first);
    }
    return () => this.#leave(post);
  }

  /** Makes a call, with an announcement if it is time for one. */
  async along<Answer extends { refusal?: string | undefined }>(
    call: (announcement?: Announcement) => Promise<Answer>,
  ): Promise<Answer> {
    const announcement = this.#next();
    if (announcement === undefined) return await call();
    const announcedAt = performance.now();
    try {
      const answer = await call(announcement);
      this.#announcedAt = announcedAt;
      if (answer.refusal !== undefined) this.#tell(answer.refusal);
      return answer;
    } catch (error) {
      if (!(error instanceof RedisReplyError && error.code === "NOPERM")) throw error;
      // Redis runs no script for a user who may not use all its keys. Another reason shows in this call, too.
      const answer = await call();
      this.#isBarred = true;
      this.#tell(error.code);
      return answer;
    }
  }

  /** Says that this instance consumes no more, if Redis may think so. */
  async end(): Promise<void> {
    const { id, claims, depart } = this.#options;
    clearTimeout(this.#first);
    this.#since = undefined;
    this.#claims = claims();
    if (!this.#isKnown) return;
    this.#isKnown = false;
    // If this fails, it is taken for gone a little later.
    await depart(id).catch(() => {});
  }

  #leave(post: Post): void {
    this.#posts.delete(post);
    if (this.#posts.size > 0) return;
    clearTimeout(this.#first);
    // A program that drains the queue now and then is known by its claims, and stays so in between.
    if (this.#isPosted) this.end();
    this.#isPosted = false;
  }

  /** What to say now; `undefined` if that is nothing. */
  #next(): Announcement | undefined {
    const { id, claims, isTaking, interval } = this.#options;
    const now = performance.now();
    if (this.#isBarred || now - this.#announcedAt < SHORTEST_INTERVAL_MS) return undefined;
    const hasClaimed = claims() !== this.#claims;
    if (this.#posts.size === 0 && !hasClaimed && !isTaking()) return undefined;
    this.#claims = claims();
    this.#since ??= now;
    this.#isKnown = true;
    this.#isPosted = this.#posts.size > 0;
    return {
      id,
      lifetime: Math.max(SHORTEST_LIFETIME, LOST_ANNOUNCEMENTS * interval),
      age: (now - this.#since) / 1000,
      details: JSON.stringify(this.#details()),
    };
  }

  #details(): ConsumerDetails {
    const posts = Array.from(this.#posts);
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    return {
      host: this.#host,
      pid: Deno.pid,
      name: this.#options.name,
      concurrency: posts.length === 0 ? 1 : sum(posts.map(({ concurrency }) => concurrency)),
      inHand: sum(posts.map(({ inHand }) => inHand())),
    };
  }

  #tell(code: string): void {
    const { key, shortfalls } = this.#options;
    shortfalls.tell(
      `the key ${JSON.stringify(key)} (${code})`,
      "consumers() does not show who consumes here",
    );
  }
}
