import { startPrivateRedis } from "../src/cli/private_redis.ts";
import type { Address } from "./bench_queue.ts";

/** A Redis in a folder of its own, which goes with it. */
export interface BenchRedis extends AsyncDisposable {
  address: Address;
}

/** Starts a Redis. `settings` are as on the command line. */
export async function startRedis(settings: string[]): Promise<BenchRedis> {
  const directory = await Deno.makeTempDir();
  const remove = () => Deno.remove(directory, { recursive: true });
  try {
    const socket = `${directory}/redis.sock`;
    const redis = await startPrivateRedis([
      "--dir",
      directory,
      "--unixsocket",
      socket,
      ...settings,
    ]);
    if (redis === undefined) throw new Error("Please install redis-server or valkey-server");
    return {
      address: { port: redis.port, socket },
      async [Symbol.asyncDispose]() {
        // If it is killed, the process goes on that rewrites its append-only file.
        redis.process.kill("SIGTERM");
        await redis.process.status;
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
