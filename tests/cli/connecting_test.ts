import assert from "node:assert/strict";
import { ended, runCli, startCli } from "../helpers/cli.ts";
import { printedItems, put } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

/** An address where nobody listens. */
const NOWHERE = "redis://127.0.0.1:1";

/** Command lines of all commands that talk to Redis. */
const COMMAND_LINES = [
  ["producer"],
  ["consumer"],
  ["worker", "--", "cat"],
  ["stats"],
  ["stats", "--watch"],
  ["peek"],
  ["dead", "list"],
  ["pause"],
  ["resume"],
  ["clear", "--yes"],
  ["demo"],
];

/** The command line with `url` as its Redis. */
function withUrl([command = "", ...rest]: string[], url: string): string[] {
  return [command, "--url", url, ...rest];
}

for (const words of COMMAND_LINES) {
  const command = words.join(" ");
  Deno.test(`${command} says in one line that Redis cannot be reached`, async () => {
    const { code, stdout, stderr } = await runCli(withUrl(words, NOWHERE));
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^Cannot connect: Redis at 127\.0\.0\.1:1 cannot be reached \(.*--url.*\n$/,
    );
  });

  Deno.test(`${command} says in one line that a URL is wrong`, async () => {
    const { code, stdout, stderr } = await runCli(withUrl(words, "http://user:secret@host"));
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^The option url .* is not a Redis URL: .*\n$/);
  });
}

Deno.test("no password is ever printed", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "requirepass", "other");
  const secret = "s3cret";
  const server = `127.0.0.1:${redis.port}`;
  const commandLines = [
    ["consumer", "--url", `redis://:${secret}@${server}`],
    ["consumer", "--url", `redis://user:${secret}@${server}`],
    ["consumer", "--url", `redis://:${secret}@127.0.0.1:1`],
    ["consumer", "--url", `redis://:${secret}@${server}/x`],
    ["consumer", "--url", `http://:${secret}@${server}`],
    ["consumer", "--urll", `redis://:${secret}@${server}`],
    ["consumer", `--urll=redis://:${secret}@${server}`],
    ["consumer", `redis://:${secret}@${server}`],
    [`redis://:${secret}@${server}`],
    [`peek`, `redis://:${secret}@${server}`],
    ["dead", `redis://:${secret}@${server}`],
    ["completions", `redis://:${secret}@${server}`],
    ["completions", "bash", "--program", `redis://:${secret}@${server}`],
    ...COMMAND_LINES.map((words) => withUrl(words, `redis://:${secret}@${server}`)),
  ];
  for (const args of commandLines) {
    const { code, stdout, stderr } = await runCli(args);
    assert.ok(code === 1 || code === 2, String(code));
    assert.ok(!(stdout + stderr).includes(secret), stdout + stderr);
  }
});

Deno.test("with a wrong password, Redis's answer is shown in one line", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "requirepass", "right");
  const url = `redis://:wrong@127.0.0.1:${redis.port}`;
  const { code, stderr } = await runCli(["producer", "--url", url]);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot connect: Redis at .* answered "WRONGPASS .*\n$/);
});

Deno.test("the address comes from REDIS_URL", async () => {
  const { code, stderr } = await runCli(["consumer"], { env: { REDIS_URL: NOWHERE } });
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot connect: Redis at 127\.0\.0\.1:1 /);
});

Deno.test("--url is preferred to REDIS_URL", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const args = ["consumer", "--url", redis.url, "--idle", "0"];
  const { code, stderr } = await runCli(args, { env: { REDIS_URL: NOWHERE } });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("REDIS_URL is not read without permission", async () => {
  // The default address is not permitted either, so that the test does not touch a server of this machine.
  const { code, stderr } = await runCli(["consumer"], {
    permissions: ["--allow-net=127.0.0.1:1"],
    env: { REDIS_URL: NOWHERE },
  });
  assert.equal(code, 1);
  assert.match(stderr, /^Requires net access to "127\.0\.0\.1:6379".*\n$/);
});

Deno.test("the network is the only permission that producer and consumer need", async () => {
  await using redis = await startRedis();
  const permissions = [`--allow-net=127.0.0.1:${redis.port}`];
  const url = ["--url", redis.url];
  const produced = await runCli(["producer", ...url], { permissions, input: "Hello" });
  assert.deepEqual(produced, { code: 0, stdout: "", stderr: "" });
  const { code, stdout } = await runCli(["consumer", ...url, "--count", "1"], { permissions });
  assert.deepEqual([code, printedItems(stdout)], [0, ["Hello"]]);
});

for (const command of ["stats", "peek", "dead list", "pause", "resume", "clear --yes"]) {
  Deno.test(`the network is the only permission that ${command} needs`, async () => {
    await using redis = await startRedis();
    const permissions = [`--allow-net=127.0.0.1:${redis.port}`];
    await put(redis, ["item"]);
    const args = withUrl(command.split(" "), redis.url);
    const { code, stderr } = await runCli(args, { permissions });
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

Deno.test("completions need no permission", async () => {
  const { code, stderr } = await runCli(["completions", "bash"], { permissions: [] });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("a signal ends a command that is still connecting", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const words of COMMAND_LINES) {
    const child = startCli(withUrl(words, `redis://127.0.0.1:${listener.addr.port}`));
    using _silent = await listener.accept();
    child.kill("SIGINT");
    assert.deepEqual(await ended(child), { code: 130, stdout: "", stderr: "" });
  }
});
