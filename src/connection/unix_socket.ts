import { Buffer } from "node:buffer";
import { createClient, RESP_TYPES } from "@redis/client";
import type { ConnectionOptions } from "./connection_options.ts";
import type { RedisArgument, RedisConnection, RedisReply } from "./redis_connection.ts";

/** Strings in the reply are bytes; errors and status words stay text. */
const BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** Opens a connection to a unix socket with `@redis/client`. */
export async function openUnixSocket(
  { path, username, password, db }: ConnectionOptions & { path: string },
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const client = createClient({
    RESP: 2,
    // No hidden retries: the supervised connection must see at once that this one broke.
    socket: { path, reconnectStrategy: false },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { database: db }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    // Otherwise the client asks the operating system for its network interfaces, which needs a permission.
    maintNotifications: "disabled",
  });
  const destroy = () => client.destroy();
  let failure: unknown;
  // Without a listener an error would end the process. It ends the connection; the commands under way then reject with an
  // error that does not say why.
  client.on("error", (error: unknown) => {
    failure ??= error;
    destroy();
  });
  abandoned.addEventListener("abort", destroy);
  await client.connect();

  // An idle connection must not keep the process alive.
  let pending = 0;
  client.unref();
  const sendCommand: RedisConnection["sendCommand"] = async (
    command,
    args,
    { returnUint8Arrays = false } = {},
  ) => {
    if (pending++ === 0) client.ref();
    try {
      return await client.sendCommand<RedisReply>(
        [command, ...args.map(toNodeArgument)],
        returnUint8Arrays ? BYTES : {},
      );
    } catch (error) {
      throw failure ?? error;
    } finally {
      if (--pending === 0) client.unref();
    }
  };
  // The client writes what is sent in one turn together, by itself.
  return { sendCommand, close: destroy };
}

/** Converts an argument for `@redis/client`, without copying bytes. */
function toNodeArgument(argument: RedisArgument): string | Buffer {
  if (argument instanceof Uint8Array) {
    return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
  }
  return String(argument);
}
