import {
  type Call,
  SupervisedConnection,
  type SupervisedConnectionOptions,
} from "./supervised_connection.ts";
import { sleep } from "./time_limit.ts";
import type { RedisConnection, RedisReply } from "./redis_connection.ts";

/**
 * The longest time that a command stays blocked. Then Redis must answer: this tells a quiet connection from a
 * dead one.
 */
export const LONGEST_BLOCK_MS = 4_000;

/** A connection for one blocking command at a time. The command can be ended from outside. */
export class BlockingConnection {
  readonly #connection: SupervisedConnection;
  readonly #commands: SupervisedConnection;
  /** The connection's id in Redis; `undefined` while it is not connected, or if Redis does not tell it. */
  #id: number | undefined;
  /** Aborts when the blocked command ends; `undefined` while there is none. */
  #blocked: AbortController | undefined;

  /** @param commands Another connection, over which a blocked command is ended. */
  constructor(options: SupervisedConnectionOptions, commands: SupervisedConnection) {
    this.#commands = commands;
    this.#connection = new SupervisedConnection({
      ...options,
      open: async (signal) => {
        this.#id = undefined;
        const connection = await options.open(signal);
        this.#id = await clientId(connection);
        return connection;
      },
    });
  }

  /** Sends a blocking command. Redis ends it after {@linkcode LONGEST_BLOCK_MS} at the latest. */
  async send(call: Omit<Call, "blockMs" | "once">): Promise<RedisReply> {
    const blocked = this.#blocked = new AbortController();
    try {
      return await this.#connection.send({ ...call, blockMs: LONGEST_BLOCK_MS, once: true });
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
