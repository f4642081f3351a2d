import assert from "node:assert/strict";
import { bytes } from "../../mod.ts";
import { cliWords, ended, runCli, startCli, startShell } from "../helpers/cli.ts";
import {
  blocked,
  inFlight,
  largeItems,
  numbers,
  printedItems,
  put,
  stalled,
  waiting,
} from "../helpers/cli_queue.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { until } from "../helpers/until.ts";

const encoder = new TextEncoder();

Deno.test("the consumer prints an item byte for byte, and then acks it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test", serializer: bytes });
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
  const uid = await queue.put(everyByte);
  const child = startCli(["consumer", "--count", "1", "--url", redis.url]);
  const printed = await new Response(child.stdout).bytes();
  assert.deepEqual(printed, new Uint8Array([...encoder.encode(`${uid} `), ...everyByte, 10]));
  await Promise.all([child.status, child.stderr.cancel()]);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("the consumer prints items whose uid is no UUID", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { "a b": "1" }, queue: ["a b"] });
  const { stdout } = await runCli(["consumer", "--count", "1", "--url", redis.url]);
  assert.equal(stdout, "a b 1\n");
});

Deno.test("--count takes that many items and no more", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 1_000));
  await redis.resetCalls();
  const { stdout } = await runCli(["consumer", "--count", "203", "--url", redis.url]);
  assert.deepEqual(printedItems(stdout), numbers(1, 203));
  assert.deepEqual(await waiting(redis), numbers(204, 1_000));
  assert.equal((await redis.calls())["rpush"], undefined, "items were taken and given back");
});

Deno.test("--idle 0 ends at the end of the queue", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 500));
  const { code, stdout } = await runCli(["consumer", "--idle", "0", "--url", redis.url]);
  assert.deepEqual([code, printedItems(stdout)], [0, numbers(1, 500)]);
  assert.equal((await redis.calls())["blmove"], undefined, "it waited");
});

for (const option of ["--idle", "--timeout"]) {
  Deno.test(`${option} ends a consumer that is idle for that time`, async () => {
    await using redis = await startRedis();
    await put(redis, ["1"]);
    const child = startCli(["consumer", option, "0.5", "--url", redis.url]);
    await blocked(redis);
    await put(redis, ["2"]);
    const { code, stdout } = await ended(child);
    assert.deepEqual([code, printedItems(stdout)], [0, ["1", "2"]]);
  });
}

Deno.test("--batch limits how many items are taken at once", async () => {
  await using redis = await startRedis();
  await put(redis, largeItems(500));
  await using child = startCli(["consumer", "--batch", "7", "--url", redis.url]);
  await stalled(redis);
  assert.ok(await inFlight(redis) <= 7);
  child.kill("SIGKILL");
  await ended(child);
});

Deno.test("a consumer takes a single item at first, for a reader that soon ends", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 10).map((number) => number.padEnd(200_000)));
  await using child = startCli(["consumer", "--url", redis.url]);
  await stalled(redis);
  assert.equal(await inFlight(redis), 1);
  child.kill("SIGKILL");
});

Deno.test("a consumer whose output is slow holds few items", async () => {
  await using redis = await startRedis();
  await put(redis, largeItems(1_000));
  await using child = startCli(["consumer", "--url", redis.url]);
  await stalled(redis);
  const reader = child.stdout.getReader({ mode: "byob" });
  await until("it has given up its large batches", async () => {
    await reader.read(new Uint8Array(4_096));
    const held = await inFlight(redis);
    return held > 0 && held < 10;
  });
  await reader.cancel();
  child.kill("SIGKILL");
});

Deno.test("--json prints an item as a JSON object, whatever it is", async () => {
  await using redis = await startRedis();
  const items = {
    "1": '{"a": 12345678901234567890}',
    "2": "Hello \u{22}World\u{22}",
    "3": "\xff\x00",
    "4": '[\n  "pretty",\r\n  "printed"\n]',
    "5": "",
    'a"b': "null",
  };
  await seed(redis, "test", { items, queue: Object.keys(items).toReversed() });
  const { code, stdout } = await runCli(["consumer", "--json", "--count", "6", "--url", redis.url]);
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n"), [
    '{"uid":"1","item":{"a": 12345678901234567890}}',
    '{"uid":"2","text":"Hello \\"World\\""}',
    '{"uid":"3","base64":"/wA="}',
    '{"uid":"4","item":[   "pretty",    "printed" ]}',
    '{"uid":"5","text":""}',
    '{"uid":"a\\"b","item":null}',
    "",
  ]);
  for (const line of stdout.trim().split("\n")) JSON.parse(line);
});

Deno.test("| head -3 ends the consumer quietly, with the rest still in the queue", async () => {
  await using redis = await startRedis();
  const items = largeItems(2_000);
  await put(redis, items);
  const consumer = cliWords(["consumer", "--url", redis.url]);
  const child = startShell('{ "$@"; echo "exit code $?" >&2; } | head -3', ...consumer);
  const { stdout, stderr } = await ended(child);
  assert.deepEqual(printedItems(stdout), items.slice(0, 3));
  assert.equal(stderr, "exit code 0\n");
  // Items in the pipe that head did not read count as printed.
  const rest = await waiting(redis);
  assert.ok(rest.length > 1_500 && rest.length <= 1_997, String(rest.length));
  assert.deepEqual(rest, items.slice(-rest.length));
  assert.equal(await inFlight(redis), 0);
});

Deno.test("an item that nobody reads goes back to the front at once", async () => {
  await using redis = await startRedis();
  const child = startCli(["consumer", "--url", redis.url]);
  await blocked(redis);
  await child.stdout.cancel();
  const uids = await put(redis, numbers(1, 10));
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [0, ""]);
  const { queue, ackbuf, aging } = await readState(redis, "test");
  assert.deepEqual([queue.toReversed(), ackbuf, aging], [uids, [], {}]);
});

Deno.test({
  name: "an item that cannot be written goes back to the front, and the error is shown",
  ignore: Deno.build.os !== "linux", // only Linux has a file that is always full
  async fn() {
    await using redis = await startRedis();
    await put(redis, numbers(1, 10));
    const consumer = cliWords(["consumer", "--url", redis.url]);
    const { code, stderr } = await ended(startShell('"$@" > /dev/full', ...consumer));
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot write to stdout: .*\n$/);
    assert.deepEqual(await waiting(redis), numbers(1, 10));
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a consumer that waits, and strands nothing`, async () => {
    await using redis = await startRedis();
    const child = startCli(["consumer", "--url", redis.url]);
    await blocked(redis);
    child.kill(signal);
    assert.deepEqual(await ended(child), { code: 0, stdout: "", stderr: "" });
    await put(redis, ["later"]);
    assert.deepEqual(await waiting(redis), ["later"]);
  });

  Deno.test(`${signal} ends a busy consumer: each item is printed or still waits`, async () => {
    await using redis = await startRedis();
    const items = numbers(1, 50_000);
    await put(redis, items);
    const child = startCli(["consumer", "--url", redis.url]);
    const outcome = ended(child);
    await until(
      "it prints",
      async () => (await redis.command("LLEN", "srq:test:queue")) !== 50_000,
    );
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    assert.deepEqual([code, stderr], [0, ""]);
    const printed = printedItems(stdout);
    assert.ok(printed.length < 50_000, "it was done before the signal came");
    assert.deepEqual(printed, items.slice(0, printed.length));
    assert.deepEqual(await waiting(redis), items.slice(printed.length));
    assert.equal(await inFlight(redis), 0);
  });

  Deno.test(`${signal} ends a consumer whose output nobody reads, and its items go back`, async () => {
    await using redis = await startRedis();
    const items = largeItems(500);
    await put(redis, items);
    const child = startCli(["consumer", "--url", redis.url]);
    await stalled(redis);
    child.kill(signal);
    assert.equal((await child.status).code, 0);
    assert.equal(await inFlight(redis), 0);
    const rest = await waiting(redis);
    assert.deepEqual(rest, items.slice(-rest.length));
    // Items that left the queue can still be read, in whole lines.
    const { stdout } = await ended(child);
    const gone = items.length - rest.length;
    assert.deepEqual(printedItems(stdout).slice(0, gone), items.slice(0, gone));
  });
}

Deno.test("a second Ctrl-C ends the consumer at once", async () => {
  await using redis = await startRedis();
  await put(redis, largeItems(500));
  const child = startCli(["consumer", "--url", redis.url]);
  await stalled(redis);
  const outcome = child.status;
  let running = true;
  outcome.then(() => running = false);
  while (running) {
    child.kill("SIGINT");
    await Promise.race([outcome, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  assert.equal((await outcome).code, 130); // one signal alone gives 0, later
  await ended(child);
});

Deno.test("the items of a killed consumer are delivered again", async () => {
  await using redis = await startRedis();
  const items = largeItems(500);
  await put(redis, items);
  const child = startCli(["consumer", "--url", redis.url]);
  await stalled(redis);
  const { aging } = await readState(redis, "test");
  const held = Object.keys(aging);
  child.kill("SIGKILL");
  await ended(child);

  // Ends their leases.
  for (const uid of held) await redis.command("ZADD", "srq:test:ackbuf_aging", 1, uid);
  const args = ["consumer", "--count", String((await waiting(redis)).length + held.length)];
  const { code, stdout } = await runCli([...args, "--url", redis.url]);
  assert.equal(code, 0);
  for (const uid of held) assert.ok(stdout.includes(`${uid} `), "one did not come back");
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a consumer survives an outage of Redis", async () => {
  await using server = await RedisProcess.start();
  const child = startCli(["consumer", "--count", "2", "--url", `redis://127.0.0.1:${server.port}`]);
  const outcome = ended(child);
  {
    await using redis = await server.connect();
    await put(redis, ["before"]);
    await blocked(redis);
  }
  await server.kill();
  await server.startAgain();
  await using redis = await server.connect();
  await put(redis, ["after"]);
  const { code, stdout } = await outcome;
  assert.deepEqual([code, printedItems(stdout)], [0, ["before", "after"]]);
});

Deno.test("a stopped consumer does not wait for a frozen Redis", async () => {
  await using server = await RedisProcess.start();
  await using redis = await server.connect();
  await put(redis, largeItems(500));
  const child = startCli(["consumer", "--url", `redis://127.0.0.1:${server.port}`]);
  await stalled(redis);
  server.suspend();
  child.kill("SIGTERM");
  const { code } = await child.status;
  server.resume();
  const { stderr } = await ended(child);
  assert.equal(code, 1);
  assert.match(stderr, /^Stopped while Redis did not answer: .*\n$/);
});
