import { Buffer } from "node:buffer";
import { createClient, RESP_TYPES } from "@redis/client";
import type { RedisArgument, RedisConnection, RedisReply } from "./redis_connection.ts";

/** Where and how to connect; a unix socket where there is a `path`. */
export interface NodeRedisOptions {
  hostname?: string | undefined;
  port?: number | string | undefined;
  path?: string | undefined;
  tls?: boolean | undefined;
  caCerts?: string[] | undefined;
  db?: number | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/** Strings as bytes; errors and status words stay text. */
const BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** Opens one connection with `@redis/client`, without its own retries: a broken connection stays broken. */
export async function openNodeRedis(
  options: NodeRedisOptions,
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const { hostname, port, path, tls, caCerts, db, username, password } = options;
  const common = { reconnectStrategy: false as const, connectTimeout: 5_000 };
  const host = { host: hostname ?? "127.0.0.1", port: Number(port ?? 6379) };
  const client = createClient({
    RESP: 2,
    socket: path !== undefined
      ? { ...common, path, tls: false }
      : tls || caCerts !== undefined
      ? { ...common, ...host, tls: true, ...(caCerts === undefined ? {} : { ca: caCerts }) }
      : { ...common, ...host },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { database: db }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    // Asks the operating system for its network interfaces otherwise, which needs a permission.
    maintNotifications: "disabled",
  });
  // Without a listener an "error" event would end the process; the command under way rejects with it anyway.
  client.on("error", () => {});
  abandoned.addEventListener("abort", () => destroy());
  await client.connect();

  function destroy() {
    if (client.isOpen) client.destroy();
  }

  // An idle connection must not keep the process alive.
  let pending = 0;
  client.unref();
  return {
    async sendCommand(command, args, { returnUint8Arrays = false } = {}): Promise<RedisReply> {
      if (pending++ === 0) client.ref();
      try {
        return await client.sendCommand<RedisReply>(
          [command, ...args.map(toNodeArgument)],
          returnUint8Arrays ? BYTES : {},
        );
      } finally {
        if (--pending === 0 && client.isOpen) client.unref();
      }
    },
    close: destroy,
  };
}

function toNodeArgument(argument: RedisArgument): string | Buffer {
  if (argument instanceof Uint8Array) {
    return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
  }
  return String(argument);
}
