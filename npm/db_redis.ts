/**
 * `@db/redis`, as far as this project uses it, over `@redis/client`: for networks that reach only an npm registry.
 * A connection that broke stays broken, as that of `@db/redis` with `maxRetryCount: 0`.
 */
import { Buffer } from "node:buffer";
import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";

export type RedisValue = string | number | Uint8Array;
export type RedisReply = string | number | null | Uint8Array | RedisReply[];

export interface RedisConnectOptions {
  hostname: string;
  port?: number | string;
  tls?: boolean;
  /** Root certificates, here in place of the known ones; implies `tls`. */
  caCerts?: string[];
  db?: number;
  password?: string;
  username?: string;
  /** Not used, as in `@db/redis`. */
  name?: string;
  /** Not used: nothing is retried. */
  maxRetryCount?: number;
  /** Not used: nothing is retried. */
  backoff?: (attempts: number) => number;
  /** Not used. */
  healthCheckInterval?: number;
  /** Gives the signal that aborts connecting. */
  signal?: () => AbortSignal;
  noDelay?: boolean;
}

export interface SendCommandOptions {
  returnUint8Arrays?: boolean;
}

export interface Redis {
  readonly isClosed: boolean;
  readonly isConnected: boolean;
  connect(): Promise<void>;
  sendCommand(
    command: string,
    args?: RedisValue[],
    options?: SendCommandOptions,
  ): Promise<RedisReply>;
  pipeline(): RedisPipeline;
  close(): void;
  [Symbol.dispose](): void;
}

/** Commands that go together. */
export interface RedisPipeline {
  /** Resolves at once: the reply comes with `flush`. */
  sendCommand(
    command: string,
    args?: RedisValue[],
    options?: SendCommandOptions,
  ): Promise<RedisReply>;
  /** Resolves to the replies, in order; an error that Redis answered stands in its place. */
  flush(): Promise<(RedisReply | ErrorReplyError)[]>;
}

/** An error that Redis answered: its text after the protocol's "-". */
export class ErrorReplyError extends Error {}

/** Resolves to a connection that is open. */
export async function connect(options: RedisConnectOptions): Promise<Redis> {
  const redis = createLazyClient(options);
  await redis.connect();
  return redis;
}

/** A connection that opens at its first command. */
export function createLazyClient(options: RedisConnectOptions): Redis {
  return new NodeRedis(options);
}

type Client = ReturnType<typeof newClient>;
type ClientReply = string | number | null | Buffer | ErrorReply | ClientReply[];

const BYTES = {
  typeMapping: {
    [RESP_TYPES.BLOB_STRING]: Buffer,
    [RESP_TYPES.SIMPLE_STRING]: Buffer,
  },
};

class NodeRedis implements Redis {
  readonly #client: Client;
  readonly #signal: (() => AbortSignal) | undefined;
  #opened: Promise<void> | undefined;
  #closed = false;
  #pending = 0;

  constructor(options: RedisConnectOptions) {
    this.#client = newClient(options);
    this.#signal = options.signal;
    // The socket's errors end the client by themselves; after an unreadable reply it would wait for ever.
    this.#client.on("error", () => this.#client.isOpen && this.close());
  }

  get isClosed(): boolean {
    return this.#closed || (this.#opened !== undefined && !this.#client.isOpen);
  }

  get isConnected(): boolean {
    return this.#client.isReady;
  }

  connect(): Promise<void> {
    return this.#opened ??= this.#open();
  }

  async #open(): Promise<void> {
    const signal = this.#signal?.();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => {
      this.close();
      reject(signal?.reason);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    try {
      await Promise.race([aborted, this.#connectClient()]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async #connectClient(): Promise<void> {
    if (this.#closed) throw new Error("The connection was closed");
    try {
      await this.#client.connect();
    } catch (error) {
      throw withErrorReply(error);
    }
    if (this.#closed) {
      // The client forgets a socket that is still connecting, and opens it all the same.
      this.#client.destroy();
      throw new Error("The connection was closed");
    }
    if (this.#pending === 0) this.#client.unref();
  }

  /** Keeps the process alive while it waits for a reply; an idle connection does not. */
  async sendCommand(
    command: string,
    args: RedisValue[] = [],
    options?: SendCommandOptions,
  ): Promise<RedisReply> {
    if (this.#pending++ === 0) this.#client.ref();
    try {
      await this.connect();
      const words = [command, ...args.map(toArgument)];
      const reply = await this.#client.sendCommand<ClientReply>(
        words,
        options?.returnUint8Arrays ? BYTES : undefined,
      );
      return toReply(reply);
    } catch (error) {
      throw withErrorReply(error);
    } finally {
      if (--this.#pending === 0) this.#client.unref();
    }
  }

  pipeline(): RedisPipeline {
    const commands: Parameters<Redis["sendCommand"]>[] = [];
    return {
      sendCommand: (...command) => {
        commands.push(command);
        return Promise.resolve("OK");
      },
      // The client writes what is sent in one turn together, by itself.
      flush: () =>
        Promise.all(
          commands.splice(0).map((command) =>
            this.sendCommand(...command).catch((error) => {
              if (error instanceof ErrorReplyError) return error;
              throw error;
            })
          ),
        ),
    };
  }

  close(): void {
    this.#closed = true;
    this.#client.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function newClient(options: RedisConnectOptions) {
  const {
    hostname,
    port = 6379,
    db,
    username,
    password,
    caCerts,
    noDelay = false,
  } = options;
  const socket = {
    host: hostname,
    port: Number(port),
    noDelay,
    reconnectStrategy: false as const,
  };
  const tls = options.tls || caCerts !== undefined;
  return createClient({
    RESP: 2,
    socket: tls ? { ...socket, tls: true, ...(caCerts ? { ca: caCerts } : {}) } : socket,
    ...(db ? { database: db } : {}),
    ...(password === undefined ? {} : { password }),
    ...(password === undefined || username === undefined ? {} : { username }),
    disableOfflineQueue: true,
    // Both would send commands of their own; the first also needs more permissions than net.
    maintNotifications: "disabled",
    disableClientInfo: true,
  });
}

function toArgument(value: RedisValue): string | Buffer {
  if (!(value instanceof Uint8Array)) return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The client's reply without its own classes: a `Buffer` differs from other byte arrays, in `slice` for one. */
function toReply(reply: ClientReply): RedisReply {
  if (Array.isArray(reply)) return reply.map(toReply);
  if (reply instanceof ErrorReply) throw reply;
  if (!Buffer.isBuffer(reply)) return reply;
  return new Uint8Array(reply.buffer, reply.byteOffset, reply.byteLength);
}

function withErrorReply(error: unknown): unknown {
  if (!(error instanceof ErrorReply)) return error;
  return new ErrorReplyError(`-${error.message}`, { cause: error });
}
