import { Admission } from "./admission.ts";
import type {
  OpenConnection,
  RedisArgument,
  RedisConnection,
  RedisReply,
} from "./redis_connection.ts";
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
