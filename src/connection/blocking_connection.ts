import {
  type Call,
  SupervisedConnection,
  type SupervisedConnectionOptions,
} from "./supervised_connection.ts";
import { QueueClosedError, type RedisReplyError } from "../errors.ts";
import { sleep } from "./time_limit.ts";
import type { RedisConnection, RedisReply } from "./redis_connection.ts";
import type { Unblocker } from "./unblocker.ts";

/** What a {@linkcode BlockingConnection} works with. */
export interface BlockingConnectionOptions extends SupervisedConnectionOptions {
  /**
   * The longest time in milliseconds that a command stays blocked. Then Redis must answer: this tells a quiet connection
   * from a dead one.
   */
  blockMs: number;
  unblocker: Unblocker;
}

/**
 * In place of a reply: the connection was closed, since nobody wanted the reply any more and the server has no other way to
 * end a blocked command. The command may have been carried out.
 */
export const INTERRUPTED = Symbol("interrupted");

/** The command that is blocked. */
interface Blocked {
  ended: AbortController;
  /** Aborts when it is not wanted, and must not wait for Redis. */
  interrupted: AbortController;
  /** Whether Redis was told to end it. */
  unblocking: boolean;
}

/** Time between two tries to end a command. The first may reach Redis before the command that it should end. */
const TRY_MS = 20;
/** A server that finds nothing blocked so many times looks in the wrong place, as a proxy may. */
const MOST_TRIES = 8;
/** Where only closing ends a command, a call that comes soon takes it over instead of opening another connection. */
const LINGER_MS = 200;
/** How often to ask a server that answers a blocking command at once, as some proxies do. */
const POLL_MS = 500;

/** A blocking command. */
export type BlockingCall = Omit<Call, "blockMs" | "once">;

type Blocks = Required<Pick<Call, "blockMs" | "once">>;

/** A connection for one blocking command at a time. The command can be ended from outside. */
export class BlockingConnection {
  /** The longest time in milliseconds that a command stays blocked. */
  readonly blockMs: number;
  readonly #connection: SupervisedConnection;
  readonly #unblocker: Unblocker;
  /** The connection's id in Redis; `undefined` while it is not connected, or if Redis does not tell it. */
  #id: number | undefined;
  #blocked: Blocked | undefined;
  /** Whether the server blocks. A proxy may answer at once. */
  #blocks = true;
  /** How often the command was not wanted any more. */
  #unwantedTimes = 0;

  constructor({ blockMs, unblocker, ...options }: BlockingConnectionOptions) {
    this.blockMs = blockMs;
    this.#unblocker = unblocker;
    this.#connection = new SupervisedConnection({
      ...options,
      open: async (signal) => {
        this.#id = undefined;
        const [connection, works] = await Promise.all([options.open(signal), unblocker.works()]);
        if (works) this.#id = await clientId(connection);
        return connection;
      },
    });
  }

  /**
   * Whether another command may be sent with the blocking one. Not if only closing the connection ends that: what follows may
   * run nevertheless, for nobody. And not on a server that does not block.
   */
  async canBeFollowed(): Promise<boolean> {
    return this.#blocks && await this.#unblocker.works();
  }

  /** Sends a blocking command. Redis ends it after `blockMs` at the latest. */
  async send(call: BlockingCall): Promise<RedisReply | typeof INTERRUPTED> {
    const sent = (options: Blocks) => this.#connection.send({ ...call, ...options });
    return await this.#block(sent, (reply) => reply);
  }

  /** Sends a blocking command and, with the same write, what runs at its end. Resolves to both answers. */
  async sendBoth(
    call: BlockingCall,
    next: Call,
  ): Promise<[RedisReply, RedisReply | RedisReplyError]> {
    const sent = (options: Blocks) => this.#connection.sendBoth({ ...call, ...options }, next);
    const both = await this.#block(sent, ([reply]) => reply);
    if (both === INTERRUPTED) throw new QueueClosedError(next.action);
    return both;
  }

  async #block<R>(
    send: (options: Blocks) => Promise<R>,
    replyOf: (answer: R) => RedisReply,
  ): Promise<R | typeof INTERRUPTED> {
    const blocked: Blocked = this.#blocked = {
      ended: new AbortController(),
      interrupted: new AbortController(),
      unblocking: false,
    };
    const { signal } = blocked.interrupted;
    const sentAt = performance.now();
    try {
      const answer = await send({ blockMs: this.blockMs, once: true });
      const isEarly = performance.now() - sentAt < this.blockMs / 2;
      const isEmpty = replyOf(answer) === null;
      this.#blocks = !(isEmpty && isEarly && !blocked.unblocking);
      if (!this.#blocks) await sleep(POLL_MS, signal);
      return answer;
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      this.#blocked = undefined;
      blocked.ended.abort();
    }
  }

  /**
   * Ends the blocked command as if its time were over, unless `unwanted` returns `false` by then. Without help from Redis
   * that closes the connection: at once, or else when no call has taken the command over for a moment.
   */
  async unblock(unwanted: () => boolean, { atOnce = false } = {}): Promise<void> {
    const times = ++this.#unwantedTimes;
    for (let tries = 0; unwanted() && this.#blocked; tries++) {
      const blocked = this.#blocked;
      const { signal } = blocked.ended;
      blocked.unblocking = true;
      if (tries < MOST_TRIES && await this.#askToEnd()) {
        await sleep(TRY_MS, signal);
        continue;
      }
      if (!atOnce) await sleep(LINGER_MS, signal);
      const isLast = atOnce || times === this.#unwantedTimes;
      if (isLast && unwanted() && this.#blocked === blocked) this.#interrupt(blocked);
      return;
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Resolves to whether Redis is there to end the command. */
  async #askToEnd(): Promise<boolean> {
    if (!await this.#unblocker.works()) return false;
    try {
      // Unknown while the connection opens.
      if (this.#id !== undefined) await this.#unblocker.unblock(this.#id);
      return true;
    } catch {
      return false;
    }
  }

  #interrupt({ interrupted }: Blocked): void {
    interrupted.abort();
    this.#connection.disconnect();
  }
}

/** Resolves to `undefined` if Redis does not tell the id. */
async function clientId(connection: RedisConnection): Promise<number | undefined> {
  try {
    return Number(await connection.sendCommand("CLIENT", ["ID"]));
  } catch {
    return undefined;
  }
}
