import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { QueueError } from "../errors.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { claim, type ClaimAfterPop, type ClaimLimits, type ClaimRequest } from "../lua/claim.ts";
import type { Claimed, SharedClaim } from "../lua/claimed.ts";
import type { DeathTerms } from "../lua/fail.ts";
import { LARGE, MAX_BYTES } from "../lua/limits.ts";
import type { DoneItem } from "../lua/parts/acks.ts";
import type { ClaimsRead } from "../lua/parts/claim_notes.ts";
import { recall } from "../lua/recall.ts";
import type { AnswerAge } from "./answer_age.ts";
import type { Wish } from "./wishes.ts";

/** What a {@linkcode Claimer} works with. */
export interface ClaimerOptions {
  keys: QueueKeys;
  commands: SupervisedConnection;
  /** Seconds. */
  lease: number;
  /** When an item dies, and what follows. */
  death: DeathTerms;
  /** Where it waits for an item before it claims; left out, it claims what is there. */
  after?: ClaimAfterPop;
  /** How late answers are; all claimers of a queue share it. */
  age: AnswerAge;
  onError: (error: unknown) => void;
}

/** What a claimer's claim brought. */
export interface Received extends Claimed {
  /** Whether its items came too late, and go back with the next call of this claimer. */
  isLate: boolean;
}

/** Little, since a claim that waited is not sent again with smaller limits; what else has come is claimed at once after it. */
const MAX_BYTES_AFTER_POP = 64 * 1024;
/** Each lost answer divides the bytes to ask for by this number. */
const LESS = 8;
/** After this many lost answers the claim asks for a single item. After two more it puts that item off. */
const MANY_LOST = 3;
/** A second large answer lost within this time is no accident. Claims then ask for less, for as long. */
const MODEST_MS = 60_000;
/** How much of a lease may be over when its items come. It is extended a third later, when another third is left. */
const LATEST = 1 / 3;

/**
 * Claims items for one instance, one claim after the other. It knows which claims were read. If an answer got
 * lost, or its caller gave up, nobody has the items: they go back with the next call of this instance (see
 * `lua/parts/claim_notes.ts`).
 *
 * If answers get lost again and again, it asks for less: Redis closes a connection whose answers are larger
 * than its setting client-output-buffer-limit.
 */
export class Claimer {
  /** Names the instance in Redis. */
  readonly instance = crypto.randomUUID();
  readonly #options: ClaimerOptions;
  /** The last claim. */
  #last: Promise<Received> | undefined;
  #underWay = 0;
  /** The number of the last claim. */
  #number = 0;
  /** The number of the last one that brought items and was read. */
  #read = 0;
  /** Whether the last claim brought large payloads. */
  #large = false;
  /** When the last large answer was lost. */
  #lostAt = -Infinity;
  /** The limit that helped, and how long it applies. */
  #modest: { maxBytes: number; until: number } | undefined;

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  /** Claims items, at most 1,000, after it has acked `done`, at most 1,000. */
  claim(wish: Wish, done?: readonly DoneItem[]): Promise<Received> {
    // At once if nothing is under way: each turn of a promise in between would cost more than the rest.
    const claim = () => this.#claim(wish, done);
    const before = this.#underWay++ === 0 ? undefined : this.#last;
    return this.#last = before === undefined ? claim() : before.then(claim, claim);
  }

  /** How many claims it has made. */
  get count(): number {
    return this.#number;
  }

  /** Which claims were read; `undefined` while one is under way. */
  get claimsRead(): ClaimsRead | undefined {
    if (this.#underWay > 0) return undefined;
    return { instance: this.instance, read: this.#read, upTo: this.#number };
  }

  /** Gives back what was popped, and what was claimed but not read. */
  async recall(): Promise<void> {
    if (this.claimsRead !== undefined) await this.#recall(false);
  }

  /** The same, also for claims under way. It is the last call of this instance, which must not claim again. */
  async end(): Promise<void> {
    if (this.#number > 0) await this.#recall(true);
  }

  async #recall(ends: boolean): Promise<void> {
    const { commands, keys } = this.#options;
    const { instance } = this;
    await recall(commands, keys, { instance, read: this.#read, upTo: this.#number }, ends);
  }

  async #claim({ max, free }: Wish, done: readonly DoneItem[] = []): Promise<Received> {
    const { commands, keys, lease, death, after } = this.#options;
    const { instance } = this;
    const number = ++this.#number;
    let asked: ClaimLimits = { max, maxBytes: this.#maxBytes() };
    try {
      const request: ClaimRequest = {
        ...asked,
        ...death,
        ...{
          instance,
          number,
          read: this.#read,
          lease,
          free,
          done,
          mayBeLarge: this.#large,
        },
        limitsAfter: (lost) => asked = less({ max, maxBytes: this.#maxBytes() }, lost),
      };
      const claimed = await claim(commands, keys, request, after);
      const [first] = claimed.items;
      const isLate = first !== undefined && this.#isLate(first.claim);
      if (first !== undefined && !isLate) {
        this.#read = number;
        this.#large = first.payload.length > LARGE;
      }
      if (claimed.postponed !== undefined) this.#tellPostponed(claimed.postponed);
      if (claimed.shortened) this.#beModest(asked.maxBytes);
      return isLate ? { ...claimed, items: [], emptied: false, isLate } : { ...claimed, isLate };
    } finally {
      this.#underWay--;
    }
  }

  /**
   * Whether others may have the items of this claim by now: the network, or a suspended process, held its answer back for too
   * much of their leases.
   */
  #isLate({ at }: SharedClaim): boolean {
    const { age, lease } = this.#options;
    if (age.of(at) < lease * 1_000 * LATEST) return false;
    age.forget();
    return true;
  }

  #maxBytes(): number {
    const maxBytes = this.#options.after === undefined ? MAX_BYTES : MAX_BYTES_AFTER_POP;
    if (this.#modest === undefined) return maxBytes;
    if (performance.now() < this.#modest.until) return this.#modest.maxBytes;
    this.#modest = undefined;
    return maxBytes;
  }

  /**
   * Called when a large answer was lost and one of about `maxBytes` arrived. The second time it limits
   * claims.
   */
  #beModest(maxBytes: number): void {
    const now = performance.now();
    const isAgain = now - this.#lostAt < MODEST_MS;
    this.#lostAt = now;
    if (!isAgain) return;
    this.#modest = { maxBytes, until: now + MODEST_MS };
    this.#options.onError(
      new QueueError(
        `Redis at ${this.#options.commands.address} closed the connection again instead of handing out items: for a ` +
          `minute, one call asks for about ${maxBytes} bytes at most; raise Redis's setting ` +
          "client-output-buffer-limit, or put smaller items",
      ),
    );
  }

  #tellPostponed({ uid, size }: { uid: string; size: number }): void {
    this.#options.onError(
      new QueueError(
        `Redis at ${this.#options.commands.address} cannot hand out the item ${uid} of ${size} bytes: it is put off ` +
          "for a minute; raise Redis's setting client-output-buffer-limit above that size",
      ),
    );
  }
}

/** The limits after this many lost answers. */
function less({ max, maxBytes }: ClaimLimits, lost: number): ClaimLimits {
  return {
    max: lost < MANY_LOST ? max : 1,
    maxBytes: Math.ceil(maxBytes / LESS ** lost),
    postpone: lost >= MANY_LOST + 2,
  };
}
