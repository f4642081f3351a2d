import { startCli } from "./cli.ts";

/** Starts a program of `examples` with the command in its first lines, and the permissions named there. */
export async function startExample(
  name: string,
  redisUrl: string,
  { options = [], env = {} }: { options?: string[]; env?: Record<string, string> } = {},
): Promise<Deno.ChildProcess> {
  const module = `examples/${name}.ts`;
  const text = await Deno.readTextFile(new URL(`../../${module}`, import.meta.url));
  const command = /^\/\/ {3}deno run (-.*) (examples\/\S+)$/m.exec(text);
  if (command?.[2] !== module) throw new Error(`${module} does not say with which command it runs`);
  const permissions = command[1]!.split(" ");
  return startCli([], {
    module,
    permissions: [...options, "--no-prompt", ...permissions],
    env: { REDIS_URL: redisUrl, ...env },
  });
}
