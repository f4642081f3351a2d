import assert from "node:assert/strict";
import { startPrivateRedis } from "../../src/cli/private_redis.ts";
import { runCli, startCli } from "../helpers/cli.ts";
import { put, waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("the demo shows what the library does, and leaves nothing behind", async () => {
  await using redis = await startRedis();
  const { code, stdout, stderr } = await runCli(["demo", "--url", redis.url]);
  assert.deepEqual([code, stderr], [0, ""]);
  const uid = "[0-9a-f-]{36}";
  const steps = [
    `await queue\\.put\\("Hello"\\) +->  "(${uid})"`,
    `await queue\\.put\\("World"\\) +->  "(${uid})"`,
    "await queue\\.size\\(\\) +->  2",
    `await queue\\.get\\(\\) +->  \\[ "\\1", "Hello" \\]`,
    "await queue\\.inFlight\\(\\) +->  1",
    "await queue\\.ack\\(uid\\) +->  true",
    `await queue\\.get\\(\\) +->  \\[ "\\2", "World" \\]`,
    "await queue\\.fail\\(uid\\) +->  true",
    `await queue\\.get\\(\\) +->  \\[ "\\2", "World" \\]`,
    `await queue\\.get\\(\\) +->  \\[ "\\2", "World" \\]`,
    "await queue\\.ack\\(uid\\) +->  true",
    "await queue\\.get\\(-1\\) +->  \\[ null, null \\]",
  ];
  assert.match(stdout, RegExp(steps.join("\\n[^]*?")));
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("the demo does not touch a queue that is in use", async () => {
  await using redis = await startRedis();
  await put(redis, ["precious"]);
  const { code, stderr } = await runCli(["demo", "--url", redis.url, "--name", "test"]);
  assert.equal(code, 1);
  assert.match(stderr, /^The queue "test" holds 1 item/);
  assert.deepEqual(await waiting(redis), ["precious"]);
});

Deno.test("the demo's own Redis does not load a dump from the current folder", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/dump.rdb`, "of another program");
    await using server = await startPrivateRedis(["--dir", dir]);
    assert(server !== undefined);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const nothingListens = !await listens(6379);

Deno.test({
  name: "the demo starts its own Redis if there is none, and ends it",
  ignore: !nothingListens,
  async fn() {
    const { code, stdout } = await runCli(["demo"]);
    assert.equal(code, 0);
    const [, port] = /^Nothing listens on .*\n.*-server of its own, started on port (\d+)/
      .exec(stdout) ?? assert.fail(stdout);
    assert.ok(stdout.includes(`redis://127.0.0.1:${port}`));
    assert.equal(await listens(Number(port)), false);
  },
});

Deno.test({
  name: "a stopped demo ends its Redis",
  ignore: !nothingListens,
  async fn() {
    const child = startCli(["demo"]);
    let stdout = "";
    let port = 0;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += text;
      if (port !== 0) continue;
      port = Number(/on port (\d+)/.exec(stdout)?.[1] ?? 0);
      if (port !== 0) child.kill("SIGTERM");
    }
    assert.equal((await child.status).code, 143);
    assert.equal(await listens(port), false);
    assert.equal(await new Response(child.stderr).text(), "");
  },
});

Deno.test({
  name: "the demo says what to install if there is no Redis at all",
  ignore: !nothingListens,
  async fn() {
    const { code, stdout, stderr } = await runCli(["demo"], { env: { PATH: "/nowhere" } });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^Nothing listens .* neither redis-server nor valkey-server .*install.*\n$/,
    );
  },
});

Deno.test({
  name: "the demo says which permission is missing",
  ignore: !nothingListens,
  async fn() {
    const { code, stderr } = await runCli(["demo"], { permissions: ["--allow-net"] });
    assert.equal(code, 1);
    assert.match(stderr, /^Requires run access to "redis-server".*\n$/);
  },
});

async function listens(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}
