import { Admission } from "./admission.ts";
import type {
  OpenConnection,
  RedisArgument,
  RedisCommand,
  RedisConnection,
  RedisReply,
} from "./redis_connection.ts";
import { ConnectionFailure } from "./connection_failure.ts";
import { commandFailure, openingFailure } from "./safe_errors.ts";
import type { Secrets } from "./secrets.ts";

/** Opens a connection. Its errors, and those of the connection, tell no secret. */
export type OpenSafeConnection = (signal: AbortSignal) => Promise<SafeConnection>;

/**
 * The connection of a client, with errors of our own. A server or a proxy may quote a command: here no
 * password and no item gets into an error, and the client's own error goes no further. Supervised connections
 * use only this class, so no error can get past it.
 */
export class SafeConnection implements RedisConnection {
  readonly #connection: RedisConnection;
  readonly #secrets: Secrets;
  readonly #admission: Admission;

  constructor(connection: RedisConnection, secrets: Secrets, admission: Admission) {
    this.#connection = connection;
    this.#secrets = secrets;
    this.#admission = admission;
  }

  async sendCommand(
    command: string,
    args: RedisArgument[],
    options?: { returnUint8Arrays?: boolean },
  ): Promise<RedisReply> {
    try {
      const reply = await this.#connection.sendCommand(command, args, options);
      this.#admission.grant();
      return reply;
    } catch (error) {
      const failure = commandFailure(error, this.#secrets.with(secretsOf(command, args)));
      throw this.#admission.ofCommand(failure);
    }
  }

  /** Sends commands in one write if the client can; otherwise one after the other, without waiting for their replies. */
  sendTogether(commands: RedisCommand[]): Promise<RedisReply>[] {
    if (this.#connection.sendCommands === undefined) {
      return commands.map(({ command, args, ...options }) =>
        this.sendCommand(command, args, options)
      );
    }
    const replies = this.#sendAll(commands);
    return commands.map(async ({ command, args }, i) => {
      try {
        const reply = (await replies)[i];
        if (reply instanceof Error) throw reply;
        if (reply === undefined) throw new ConnectionFailure("the client gave too few replies");
        return reply;
      } catch (error) {
        throw commandFailure(error, this.#secrets.with(secretsOf(command, args)));
      }
    });
  }

  // deno-lint-ignore require-await -- so that it rejects, and does not throw
  async #sendAll(commands: RedisCommand[]): Promise<(RedisReply | Error)[]> {
    return this.#connection.sendCommands!(commands);
  }

  async close(): Promise<void> {
    try {
      await this.#connection.close();
    } catch {
      // It was broken before. Nobody needs to know.
    }
  }
}

/** @param secrets The passwords with which `open` connects. */
export function safeOpener(open: OpenConnection, secrets: Secrets): OpenSafeConnection {
  const admission = new Admission();
  return async (signal) => {
    try {
      return new SafeConnection(await open(signal), secrets, admission);
    } catch (error) {
      throw admission.ofOpening(openingFailure(error, secrets));
    }
  };
}

/** The arguments that may be secret: all of them, except a script and its keys. */
function secretsOf(command: string, args: RedisArgument[]): RedisArgument[] {
  const isScript = command === "EVALSHA" || command === "EVAL";
  return isScript ? args.slice(2 + Number(args[1])) : args;
}
