import type { OpenConnection, RedisArgument } from "../../src/connection/redis_connection.ts";
import { plainClient } from "./plain_client.ts";
import type { TestRedis } from "./redis.ts";

/**
 * Connections to a Redis that does not know some commands, as hosts leave them out: `"XREAD"`, or `"CLIENT UNBLOCK"`. In
 * scripts XADD is unknown with them, and `redis.pcall` throws.
 *
 * @returns For the option `connect`.
 */
export function lesserServer(redis: TestRedis, missing: string[]): OpenConnection {
  return () => {
    const client = plainClient(redis.port);
    return {
      sendCommand: async (name, args, options) => {
        const subcommand = `${name} ${args[0]}`;
        if (missing.includes(name)) throw new Error(`ERR unknown command '${name}', with args`);
        if (missing.includes(subcommand)) {
          throw new Error(`ERR unknown subcommand '${args[0]}'. Try ${name} HELP.`);
        }
        if (!missing.includes("XADD")) return await client.sendCommand(name, args, options);
        // Another text of the script is another script.
        if (name === "EVALSHA") throw new Error("NOSCRIPT No matching script.");
        return await client.sendCommand(name, withoutXadd(name, args), options);
      },
      close: () => client.close(),
    };
  };
}

function withoutXadd(name: string, args: RedisArgument[]): RedisArgument[] {
  if (name !== "EVAL") return args;
  const script = String(args[0]).replaceAll("redis.pcall", "redis.call").replaceAll(
    "XADD",
    "XNONE",
  );
  return [script, ...args.slice(1)];
}
