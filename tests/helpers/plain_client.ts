import { createLazyClient } from "@db/redis";

/** A client of a Redis on this machine that connects at its first command, and never tries again. */
export function plainClient(port: number): ReturnType<typeof createLazyClient> {
  return createLazyClient({ hostname: "127.0.0.1", port, maxRetryCount: 0 });
}
