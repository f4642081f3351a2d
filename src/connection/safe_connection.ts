import type {
  OpenConnection,
  RedisArgument,
  RedisConnection,
  RedisReply,
} from "./redis_connection.ts";
import { commandFailure, openingFailure } from "./safe_errors.ts";
import type { Secrets } from "./secrets.ts";

/** Opens a connection; rejects, as the connection does, with errors that tell no secret. */
export type OpenSafeConnection = (signal: AbortSignal) => Promise<SafeConnection>;

/**
 * A client's connection whose errors are ours: whatever a server or a proxy quotes of a command, no password and no item
 * gets into an error, and the client's own error goes no further. Only such connections are supervised, so that there is
 * no other way for an error in.
 */
export class SafeConnection implements RedisConnection {
  readonly #connection: RedisConnection;
  readonly #secrets: Secrets;

  constructor(connection: RedisConnection, secrets: Secrets) {
    this.#connection = connection;
    this.#secrets = secrets;
  }

  async sendCommand(
    command: string,
    args: RedisArgument[],
    options?: { returnUint8Arrays?: boolean },
  ): Promise<RedisReply> {
    try {
      return await this.#connection.sendCommand(command, args, options);
    } catch (error) {
      throw commandFailure(error, this.#secrets.with(secretsOf(command, args)));
    }
  }

  async close(): Promise<void> {
    try {
      await this.#connection.close();
    } catch {
      // It was broken already, and there is nobody left who could mind.
    }
  }
}

/** @param secrets The passwords with which `open` connects. */
export function safeOpener(open: OpenConnection, secrets: Secrets): OpenSafeConnection {
  return async (signal) => {
    try {
      return new SafeConnection(await open(signal), secrets);
    } catch (error) {
      throw openingFailure(error, secrets);
    }
  };
}

/** Of a script's call all but the script and its keys; of other commands everything. */
function secretsOf(command: string, args: RedisArgument[]): RedisArgument[] {
  const isScript = command === "EVALSHA" || command === "EVAL";
  return isScript ? args.slice(2 + Number(args[1])) : args;
}
