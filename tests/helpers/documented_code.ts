import { type CliOptions, type Ended, ended, feed, startCli } from "./cli.ts";
import { PACKAGES } from "./deno_run.ts";
import type { TestRedis } from "./redis.ts";

/** Leads Redis's default address, which the documentation uses, to `redis`, and never to a server of the machine. */
function ledTo(redis: TestRedis): Required<Pick<CliOptions, "permissions" | "env">> {
  return {
    permissions: [
      "--preload=tests/programs/default_redis.ts",
      "-A",
      "--deny-net=localhost:6379,127.0.0.1:6379",
    ],
    env: { DEFAULT_REDIS_PORT: String(redis.port), REDIS_URL: "redis://localhost:6379" },
  };
}

/** Starts a program, given as text. For it, `redis` is at the default address, and in REDIS_URL. */
export function startText(
  text: string,
  redis: TestRedis,
  env: Record<string, string> = {},
): Deno.ChildProcess {
  const { permissions, env: ledEnv } = ledTo(redis);
  const child = startCli([], { permissions, env: { ...ledEnv, ...env }, module: "-" });
  feed(child, text);
  return child;
}

/** Runs the examples in the docstrings of `modules` as `deno test --doc` does; `redis` is at the default address. */
export async function testDocstrings(modules: string[], redis: TestRedis): Promise<Ended> {
  return await test(["--doc", "--preload=tests/programs/ctrl_c_soon.ts", ...modules], redis);
}

/** Runs the tests in a module, given as text. `redis` is at the default address. */
export async function testText(text: string, redis: TestRedis): Promise<Ended> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/page_test.ts`, text);
    return await test([dir], redis);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function test(args: string[], redis: TestRedis): Promise<Ended> {
  const { permissions, env } = ledTo(redis);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--config=deno.json", ...PACKAGES, ...permissions, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdin.close();
  return await ended(child);
}
