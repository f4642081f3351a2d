import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { QueueError } from "../errors.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { claim, type ClaimLimits } from "../lua/claim.ts";
import type { Claimed } from "../lua/claimed.ts";
import type { ClaimsRead } from "../lua/parts/claim_notes.ts";
import { recall } from "../lua/recall.ts";

/** What a {@linkcode Claimer} works with. */
export interface ClaimerOptions {
  keys: QueueKeys;
  commands: SupervisedConnection;
  /** Seconds. */
  lease: number;
  /** 0 for no limit. */
  maxAttempts: number;
  onError: (error: unknown) => void;
}

/** A claim stops at about so many bytes of payload: one answer must stay small beside Redis's memory and ours. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What is asked for after each lost answer, as a part of what was asked for before. */
const LESS = 8;
/** After so many lost answers a single item is asked for, and after two more it is put off. */
const MANY_LOST = 3;
/** Large answers that get lost again within this time are not lost by chance; for so long less is asked for then. */
const MODEST_MS = 60_000;

/**
 * Claims items for one instance, one claim after the other, and knows which of them were read: so that what was taken for
 * nobody, since the answer got lost or its caller gave up, goes back with this instance's next word (see `lua/parts/claim_notes.ts`).
 *
 * Where answers get lost again and again, it asks for less: Redis closes a connection whose answers are larger than its
 * setting client-output-buffer-limit.
 */
export class Claimer {
  /** Names the instance in Redis. */
  readonly instance = crypto.randomUUID();
  readonly #options: ClaimerOptions;
  /** Resolves when the claims so far have ended. */
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;
  /** The number of the last claim. */
  #number = 0;
  /** The number of the last one that brought items and was read. */
  #read = 0;
  /** When a large answer was lost the last time. */
  #lostAt = -Infinity;
  /** The limit that helped, and until when it counts. */
  #modest: { maxBytes: number; until: number } | undefined;

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  /** Claims up to `max` items, at most 1,000. */
  claim(max: number): Promise<Claimed> {
    this.#underWay++;
    const claimed = this.#last.then(() => this.#claim(max));
    const end = () => this.#underWay--;
    this.#last = claimed.then(end, end);
    return claimed;
  }

  /** Whether it has ever claimed. */
  get hasClaimed(): boolean {
    return this.#number > 0;
  }

  /** Which claims were read; `undefined` while one is under way. */
  get claimsRead(): ClaimsRead | undefined {
    if (this.#underWay > 0) return undefined;
    return { instance: this.instance, read: this.#read, upTo: this.#number };
  }

  /** Gives back what was popped, or claimed and not read. */
  async recall(): Promise<void> {
    if (this.claimsRead !== undefined) await this.#recall(false);
  }

  /** The same, claims under way included; the instance's last word. It never claims then. */
  async end(): Promise<void> {
    if (this.#number > 0) await this.#recall(true);
  }

  async #recall(ends: boolean): Promise<void> {
    const { commands, keys } = this.#options;
    const { instance } = this;
    await recall(commands, keys, { instance, read: this.#read, upTo: this.#number }, ends);
  }

  async #claim(max: number): Promise<Claimed> {
    const { commands, keys, lease, maxAttempts } = this.#options;
    const { instance } = this;
    const number = ++this.#number;
    let asked: ClaimLimits = { max, maxBytes: this.#maxBytes() };
    const claimed = await claim(commands, keys, {
      ...asked,
      ...{ instance, number, read: this.#read, lease, maxAttempts },
      limitsAfter: (lost) => asked = less({ max, maxBytes: this.#maxBytes() }, lost),
    });
    if (claimed.items.length > 0) this.#read = number;
    if (claimed.postponed !== undefined) this.#tellPostponed(claimed.postponed);
    if (claimed.shortened) this.#beModest(asked.maxBytes);
    return claimed;
  }

  #maxBytes(): number {
    if (this.#modest === undefined) return MAX_BYTES;
    if (performance.now() < this.#modest.until) return this.#modest.maxBytes;
    this.#modest = undefined;
    return MAX_BYTES;
  }

  /** A large answer was lost, and one of so many bytes arrived. */
  #beModest(maxBytes: number): void {
    const now = performance.now();
    const isAgain = now - this.#lostAt < MODEST_MS;
    this.#lostAt = now;
    if (!isAgain) return;
    this.#modest = { maxBytes, until: now + MODEST_MS };
    this.#options.onError(
      new QueueError(
        `Redis at ${this.#options.commands.address} closed the connection again in place of handing out items: for a ` +
          `minute no more than about ${maxBytes} bytes are asked for at once; raise Redis's setting ` +
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

/** The limits after so many lost answers. */
function less({ max, maxBytes }: ClaimLimits, lost: number): ClaimLimits {
  return {
    max: lost < MANY_LOST ? max : 1,
    maxBytes: Math.ceil(maxBytes / LESS ** lost),
    postpone: lost >= MANY_LOST + 2,
  };
}
