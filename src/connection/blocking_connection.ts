import {
  type Call,
  SupervisedConnection,
  type SupervisedConnectionOptions,
} from "./supervised_connection.ts";
import type { RedisReplyError } from "../errors.ts";
import { sleep } from "./time_limit.ts";
import type { RedisConnection, RedisReply } from "./redis_connection.ts";

/**
 * The longest time that a command stays blocked. Then Redis must answer: this tells a quiet connection from a
 * dead one.
 */
export const LONGEST_BLOCK_MS = 4_000;

/** A blocking command. */
export type BlockingCall = Omit<Call, "blockMs" | "once">;

const BLOCKS = { blockMs: LONGEST_BLOCK_MS, once: true };

/** A connection for one blocking command at a time. The command can be ended from outside. */
export class BlockingConnection {
  readonly #connection: SupervisedConnection;
  readonly #commands: SupervisedConnection;
  /** The connection's id in Redis; `undefined` while it is not connected, or if Redis does not tell it. */
  #id: number | undefined;
  /** Whether Redis ends a blocked command when it is told to. */
  #canUnblock = false;
  /** Aborts when the blocked command ends; `undefined` while there is none. */
  #blocked: AbortController | undefined;

  /** @param commands Another connection, over which a blocked command is ended. */
  constructor(options: SupervisedConnectionOptions, commands: SupervisedConnection) {
    this.#commands = commands;
    this.#connection = new SupervisedConnection({
      ...options,
      open: async (signal) => {
        this.#id = undefined;
        this.#canUnblock = false;
        const connection = await options.open(signal);
        this.#id = await clientId(connection);
        this.#canUnblock = this.#id !== undefined && await unblocks(connection, this.#id);
        return connection;
      },
    });
  }

  /** Whether a blocked command can be ended; `false` until Redis is known to do it. */
  get canUnblock(): boolean {
    return this.#canUnblock;
  }

  /** Sends a blocking command. Redis ends it after {@linkcode LONGEST_BLOCK_MS} at the latest. */
  send(call: BlockingCall): Promise<RedisReply> {
    return this.#block(this.#connection.send({ ...call, ...BLOCKS }));
  }

  /** Sends a blocking command and, with the same write, what runs at its end. Resolves to both answers. */
  sendBoth(call: BlockingCall, next: Call): Promise<[RedisReply, RedisReply | RedisReplyError]> {
    return this.#block(this.#connection.sendBoth({ ...call, ...BLOCKS }, next));
  }

  async #block<R>(answer: Promise<R>): Promise<R> {
    const blocked = this.#blocked = new AbortController();
    try {
      return await answer;
    } finally {
      this.#blocked = undefined;
      blocked.abort();
    }
  }

  /**
   * Ends the blocked command as if its time were over. Tries again until that works, or `unwanted` returns
   * `false`.
   */
  async unblock(unwanted: () => boolean): Promise<void> {
    // The first try may reach Redis before the command that it should end.
    while (unwanted() && this.#blocked) {
      const { signal } = this.#blocked;
      const id = this.#id; // unknown while the connection opens
      try {
        if (id !== undefined) {
          await this.#commands.send({
            name: "CLIENT",
            args: ["UNBLOCK", id],
            action: "stop waiting for an item",
          });
        }
      } catch {
        return; // not permitted, or Redis is away: the command's own time limit ends it
      }
      await sleep(20, signal);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/**
 * Resolves to `undefined` if Redis does not tell the id. A blocked command then ends later, after its own
 * time limit.
 */
async function clientId(connection: RedisConnection): Promise<number | undefined> {
  try {
    return Number(await connection.sendCommand("CLIENT", ["ID"]));
  } catch {
    return undefined;
  }
}

/** Whether Redis knows CLIENT UNBLOCK, and permits it. */
async function unblocks(connection: RedisConnection, id: number): Promise<boolean> {
  try {
    await connection.sendCommand("CLIENT", ["UNBLOCK", String(id)]); // its own, which is not blocked
    return true;
  } catch {
    return false;
  }
}
