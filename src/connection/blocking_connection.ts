import {
  type Call,
  SupervisedConnection,
  type SupervisedConnectionOptions,
} from "./supervised_connection.ts";
import { sleep } from "./time_limit.ts";
import type { RedisConnection, RedisReply } from "./redis_connection.ts";

/** The longest a command stays blocked: then Redis must answer, which tells a silent connection from a dead one. */
export const LONGEST_BLOCK_MS = 4_000;

/** A connection for one blocking command at a time, which can be ended from outside. */
export class BlockingConnection {
  readonly #connection: SupervisedConnection;
  readonly #commands: SupervisedConnection;
  /** The connection's id in Redis, while it is connected and Redis tells. */
  #id: number | undefined;
  /** Aborts when the blocked command ends; `undefined` while there is none. */
  #blocked: AbortController | undefined;

  /** @param commands The connection over which a blocked command is ended. */
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

  /** Sends a command that Redis ends after {@linkcode LONGEST_BLOCK_MS} at the latest. */
  async send(call: Omit<Call, "blockMs" | "once">): Promise<RedisReply> {
    const blocked = this.#blocked = new AbortController();
    try {
      return await this.#connection.send({ ...call, blockMs: LONGEST_BLOCK_MS, once: true });
    } finally {
      this.#blocked = undefined;
      blocked.abort();
    }
  }

  /** Ends the blocked command, as if its time were up, for as long as `unwanted` holds. */
  async unblock(unwanted: () => boolean): Promise<void> {
    // Again until it works: the first may overtake the command that it is to end.
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

/** `undefined` where Redis does not tell it, which costs no more than a slower end of a blocked command. */
async function clientId(connection: RedisConnection): Promise<number | undefined> {
  try {
    return Number(await connection.sendCommand("CLIENT", ["ID"]));
  } catch {
    return undefined;
  }
}
