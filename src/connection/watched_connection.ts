import { ConnectionFailure } from "./connection_failure.ts";
import { TimeLimitError } from "./time_limit.ts";
import type { RedisArgument, RedisReply } from "./redis_connection.ts";
import type { SafeConnection } from "./safe_connection.ts";

/** One command, and how long its answer may take. */
export interface Command {
  name: string;
  args: RedisArgument[];
  /** Whether strings in the reply are bytes. */
  bytes?: boolean;
  /** About how many bytes are sent: a large command gets more time. */
  weight?: number;
  /** Whether an answer is whole, if one that is cut may look like one. */
  isWhole?: (reply: RedisReply) => boolean;
  /** Milliseconds that Redis may wait with its answer to a blocking command. */
  blockMs?: number;
}

/** A healthy Redis answers at once. After this much silence, the connection or the server counts as frozen. */
const SILENCE_MS = 3_000;
/** The slowest transfer that still counts as alive. */
const BYTES_PER_MS = 1_000;
const TICK_MS = 250;
const BYTES = { returnUint8Arrays: true };

interface Pending {
  command: Command;
  sentAt: number;
  giveUpAt: number;
  reject: (error: unknown) => void;
}

/** A connection that is given up when Redis stays silent on it. */
export class WatchedConnection {
  readonly #connection: SafeConnection;
  readonly #onBroken: (failure: Error) => void;
  readonly #pending = new Set<Pending>();
  #lastReplyAt = 0;
  #watch: ReturnType<typeof setInterval> | undefined;

  /** @param onBroken Called when the connection is given up; it must close the connection. */
  constructor(connection: SafeConnection, onBroken: (failure: Error) => void) {
    this.#connection = connection;
    this.#onBroken = onBroken;
  }

  /**
   * Sends one command. Rejects with Redis's error or a {@linkcode ConnectionFailure}; after `giveUpAt`, with
   * a {@linkcode TimeLimitError}.
   */
  send(command: Command, giveUpAt: number): Promise<RedisReply> {
    const { name, args, bytes } = command;
    return this.#watched(
      command,
      giveUpAt,
      () => this.#connection.sendCommand(name, args, bytes ? BYTES : undefined),
    );
  }

  /** Sends two commands with one write, if the client can. Each is answered as by {@linkcode send}. */
  sendBoth(
    commands: [Command, Command],
    giveUpAt: number,
  ): [Promise<RedisReply>, Promise<RedisReply>] {
    const [first, next] = this.#connection.sendTogether(
      commands.map(({ name, args, bytes = false }) => ({
        ...{ command: name, args, returnUint8Arrays: bytes },
      })),
    );
    return [
      this.#watched(commands[0], giveUpAt, () => first!),
      this.#watched(commands[1], giveUpAt, () => next!),
    ];
  }

  #watched(
    command: Command,
    giveUpAt: number,
    send: () => Promise<RedisReply>,
  ): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      const pending = { command, sentAt: performance.now(), giveUpAt, reject };
      this.#pending.add(pending);
      this.#startWatch();
      send().then((reply) => {
        this.#lastReplyAt = performance.now();
        this.#pending.delete(pending);
        if (isCut(reply) || command.isWhole?.(reply) === false) {
          reject(new ConnectionFailure("the answer was cut off"));
        } else resolve(reply);
      }, (error) => {
        this.#pending.delete(pending);
        reject(error);
      });
    });
  }

  /** Closes the connection; commands that still wait for their reply reject. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#watch = undefined;
    await this.#connection.close();
    for (const { reject } of this.#pending) {
      reject(new ConnectionFailure("the connection was closed"));
    }
    this.#pending.clear();
  }

  /**
   * One timer for all commands: a timer for each would cost more than its command. It stops when nothing is
   * pending.
   */
  #startWatch(): void {
    if (this.#watch !== undefined) return;
    this.#watch = setInterval(() => this.#look(), TICK_MS);
    Deno.unrefTimer(this.#watch);
  }

  #look(): void {
    const now = performance.now();
    const [oldest] = this.#pending;
    if (oldest === undefined) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    let weight = 0;
    for (const { command } of this.#pending) weight += command.weight ?? 0;
    const patience = SILENCE_MS + (oldest.command.blockMs ?? 0) + weight / BYTES_PER_MS;
    if (now - Math.max(oldest.sentAt, this.#lastReplyAt) > patience) {
      const failure = new ConnectionFailure(`no answer for ${Math.round(patience)} ms`);
      for (const { reject } of this.#pending) reject(failure);
      this.#pending.clear();
      this.#onBroken(failure);
      return;
    }
    for (const pending of this.#pending) {
      if (now < pending.giveUpAt) continue;
      // It stays pending. A caller that gives up sooner must not hide that Redis is silent.
      pending.giveUpAt = Infinity;
      pending.reject(new TimeLimitError("no answer in time"));
    }
  }
}

/**
 * Whether the connection ended at the beginning of the reply. `@db/redis` then returns NaN, an empty string,
 * or a string of NULs. No command of ours gets such an answer.
 */
function isCut(reply: RedisReply): boolean {
  if (typeof reply === "string") return reply === "" || reply.startsWith("\0");
  if (reply instanceof Uint8Array) return reply.length === 0 || reply[0] === 0;
  return Number.isNaN(reply);
}
