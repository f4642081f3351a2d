import type { SupervisedConnection } from "./connections.ts";
import { QueueError } from "./errors.ts";
import type { QueueKeys } from "./keys.ts";
import { claim, type Claimed, type ClaimLimits } from "./lua/claim.ts";
import type { ClaimsRead } from "./lua/notes.ts";
import { recall } from "./lua/recall.ts";

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
/** After so many, a single item was asked for in vain, twice. */
const HOPELESS = 5;
/** Answers that get lost again within this time are not lost by chance; for so long less is asked for then. */
const MODEST_MS = 60_000;

/**
 * Claims items for one instance, one claim after the other, and knows which of them were read: so that what was taken for
 * nobody, since the answer got lost or its caller gave up, goes back with this instance's next word (see `lua/notes.ts`).
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
  /** When an answer was lost the last time. */
  #lostAt = -Infinity;
  /** The limits that helped, and until when they count. */
  #modest: (ClaimLimits & { until: number }) | undefined;

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
    const wanted = this.#wanted(max);
    let asked = wanted;
    const lostBefore = this.#lostAt;
    const claimed = await claim(commands, keys, {
      ...wanted,
      ...{ instance, number, read: this.#read, lease, maxAttempts },
      limitsAfter: (lost) => asked = this.#less(wanted, lost),
    });
    if (claimed.items.length > 0) this.#read = number;
    if (claimed.aside !== undefined) this.#tellAside(claimed.aside);
    if (asked !== wanted && performance.now() - lostBefore < MODEST_MS) {
      this.#modest = { ...asked, setAside: false, until: performance.now() + MODEST_MS };
      this.#tellModest(this.#modest);
    }
    return claimed;
  }

  #wanted(max: number): ClaimLimits {
    if (this.#modest !== undefined && performance.now() > this.#modest.until) {
      this.#modest = undefined;
    }
    if (this.#modest === undefined) return { max, maxBytes: MAX_BYTES };
    return { max: Math.min(max, this.#modest.max), maxBytes: this.#modest.maxBytes };
  }

  #less(wanted: ClaimLimits, lost: number): ClaimLimits {
    const part = LESS ** lost;
    const limits = {
      max: lost < HOPELESS - 2 ? Math.ceil(wanted.max / part) : 1,
      maxBytes: Math.ceil(wanted.maxBytes / part),
      setAside: lost >= HOPELESS,
    };
    this.#lostAt = performance.now();
    return limits;
  }

  #tellModest({ max, maxBytes }: ClaimLimits): void {
    this.#options.onError(
      new QueueError(
        `Redis at ${this.#options.commands.address} closed the connection again in place of handing out items: for a ` +
          `minute no more than ${max} items or ${maxBytes} bytes are asked for at once; raise Redis's setting ` +
          "client-output-buffer-limit, or put smaller items",
      ),
    );
  }

  #tellAside({ uid, size }: { uid: string; size: number }): void {
    this.#options.onError(
      new QueueError(
        `Redis at ${this.#options.commands.address} cannot hand out the item ${uid} of ${size} bytes: it is put off ` +
          "for a minute; raise Redis's setting client-output-buffer-limit above that size",
      ),
    );
  }
}
