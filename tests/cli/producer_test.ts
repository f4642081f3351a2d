import assert from "node:assert/strict";
import { cliWords, ended, feed, runCli, startCli, startShell } from "../helpers/cli.ts";
import { largeItems, lines, numbers, printedItems, waiting } from "../helpers/cli_queue.ts";
import { hasProgram } from "../helpers/has_program.ts";
import { byteStringOf, EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const encoder = new TextEncoder();

Deno.test("a line is stored byte for byte, without its ending", async () => {
  await using redis = await startRedis();
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 10);
  const input = new Uint8Array([
    ...encoder.encode("unix\nwindows\r\n\n\r\ntwo\r\r\n a\tb \n\uFEFFmark\n"),
    ...everyByte,
    ...encoder.encode("\nno ending\r"),
  ]);
  const { code } = await runCli(["producer"], { env: { REDIS_URL: redis.url }, input });
  assert.equal(code, 0);
  assert.deepEqual(await waiting(redis), [
    "unix",
    "windows",
    "",
    "",
    "two\r",
    " a\tb ",
    byteStringOf(encoder.encode("\uFEFFmark")),
    byteStringOf(everyByte),
    "no ending\r",
  ]);
});

Deno.test("without input, no item is stored", async () => {
  await using redis = await startRedis();
  const { code } = await runCli(["producer"], { env: { REDIS_URL: redis.url } });
  assert.equal(code, 0);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a line is stored at once, before the input ends", async () => {
  await using redis = await startRedis();
  const child = startCli(["producer"], { env: { REDIS_URL: redis.url } });
  const writer = child.stdin.getWriter();
  await writer.write(encoder.encode("first\nsec"));
  await until("the first line is stored", async () => (await waiting(redis)).length === 1);
  await writer.write(encoder.encode("ond\nthird"));
  await until("the second line is stored", async () => (await waiting(redis)).length === 2);
  await writer.close();
  assert.equal((await ended(child)).code, 0);
  assert.deepEqual(await waiting(redis), ["first", "second", "third"]);
});

Deno.test("a line of 64 MiB goes through", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  const long = new Uint8Array(64 * 1024 * 1024).fill("x".charCodeAt(0));
  assert.equal((await runCli(["producer"], { env, input: long })).code, 0);
  const child = startCli(["consumer", "--count", "1"], { env });
  const [printed, { code }] = await Promise.all([
    new Response(child.stdout).bytes(),
    child.status,
    child.stderr.cancel(),
  ]);
  assert.equal(code, 0);
  assert.equal(printed.length, 37 + long.length + 1);
  assert.ok(printed.subarray(37, -1).every((byte) => byte === long[0]));
});

Deno.test("--name chooses the queue", async () => {
  await using redis = await startRedis();
  const args = ["--name", "two words", "--url", redis.url];
  await runCli(["producer", ...args], { input: "Hello" });
  assert.equal(Object.keys((await readState(redis, "two words")).items).length, 1);
  const { stdout } = await runCli(["consumer", ...args, "--count", "1"]);
  assert.deepEqual(printedItems(stdout), ["Hello"]);
});

Deno.test("--verbose prints the uids in order", async () => {
  await using redis = await startRedis();
  const { code, stdout } = await runCli(["producer", "--verbose", "--url", redis.url], {
    input: lines(numbers(1, 3_000)),
  });
  assert.equal(code, 0);
  const { items, queue } = await readState(redis, "test");
  assert.equal(stdout, lines(queue.toReversed()));
  assert.equal(items[queue.at(-1)!], "1");
});

Deno.test("if nobody reads the uids, the lines are stored all the same", async () => {
  await using redis = await startRedis();
  const child = startCli(["producer", "--verbose", "--url", redis.url]);
  await child.stdout.cancel();
  await feed(child, lines(numbers(1, 3_000)));
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [0, ""]);
  assert.deepEqual(await waiting(redis), numbers(1, 3_000));
});

Deno.test("--json stores a document as it is", async () => {
  await using redis = await startRedis();
  const documents = ['{"b": 1,  "a": 12345678901234567890}', "null", '"\u00e9"', " [1] "];
  const { code } = await runCli(["producer", "--json", "--url", redis.url], {
    input: lines(documents),
  });
  assert.equal(code, 0);
  const expected = documents.map((document) => byteStringOf(encoder.encode(document)));
  assert.deepEqual(await waiting(redis), expected);
});

for (const [what, wrong] of [["text", "secret"], ["nothing", ""], ["no UTF-8", "\xff"]] as const) {
  Deno.test(`--json refuses ${what}, and names the number of its line`, async () => {
    await using redis = await startRedis();
    const good = numbers(1, 1_500);
    const bytesOfWrong = Uint8Array.from(`${wrong}\n2\n`, (character) => character.charCodeAt(0));
    const { code, stdout, stderr } = await runCli(["producer", "--json", "--url", redis.url], {
      input: new Uint8Array([...encoder.encode(lines(good)), ...bytesOfWrong]),
    });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(stderr, "Line 1501 is not a JSON document; 1500 lines are stored\n");
    assert.deepEqual(await waiting(redis), good);
  });
}

Deno.test("a line that Redis refuses ends the producer, which names its number", async () => {
  await using redis = await startRedis(["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"]);
  const child = startCli(["producer", "--url", redis.url]);
  // The producer ends although its input does not.
  const writer = child.stdin.getWriter();
  const fill = async () => {
    for (;;) await writer.write(encoder.encode(lines(largeItems(1_000))));
  };
  const [{ code, stderr }] = await Promise.all([ended(child), fill().catch(() => {})]);
  assert.equal(code, 1);
  const [, line, stored, later = "0"] =
    /^Line (\d+) could not be stored: Cannot put .*"OOM .*; (\d+) lines are stored for certain(?:, (\d+) of them after it)?\n$/
      .exec(stderr) ?? assert.fail(stderr);
  assert.equal((await waiting(redis)).length, Number(stored));
  assert.equal(Number(stored), Number(line) - 1 + Number(later));
});

Deno.test("a signal stops the producer, which tells how much is stored", async () => {
  await using redis = await startRedis();
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const child = startCli(["producer", "--url", redis.url, "--name", signal]);
    const writer = child.stdin.getWriter();
    await writer.write(encoder.encode("first\nsecond\nhalf of the th"));
    await until("both are stored", async () => (await readState(redis, signal)).queue.length === 2);
    child.kill(signal);
    const { code, stdout, stderr } = await ended(child);
    assert.deepEqual([code, stdout, stderr], [exitCode, "", "Stopped; 2 lines are stored\n"]);
    await writer.close().catch(() => {}); // nobody reads it any more
  }
});

Deno.test({
  name: "a progress line on a terminal, for a long input",
  ignore: !await hasProgram("script", "--version"), // the one of util-linux makes a terminal
  async fn() {
    await using redis = await startRedis();
    const fifo = `${await Deno.makeTempDir()}/fifo`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    const producer = cliWords(["producer", "--url", redis.url]).join(" ");
    const child = startShell('script -qec "$1 < $2" /dev/null', producer, fifo);
    const input = await Deno.open(fifo, { write: true });
    let shown = "";
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) shown += text;
    })();
    await until("the terminal shows progress", async () => {
      await input.write(encoder.encode("line\n"));
      return /\r[\d,]+ lines, [\d,]+\/s/.test(shown);
    });
    input.close();
    await reading;
    assert.ok(shown.endsWith("\r\x1b[K"), JSON.stringify(shown)); // erased at the end
    await Promise.all([child.status, child.stdin.close(), child.stderr.cancel()]);
    await Deno.remove(fifo);
  },
});

Deno.test("--delay queues each line that many seconds later", async () => {
  await using redis = await startRedis();
  const before = Date.now();
  const args = ["producer", "--delay", "90.5", "--url", redis.url];
  assert.equal((await runCli(args, { input: lines(numbers(1, 3)) })).code, 0);
  assert.deepEqual(await waiting(redis), []);
  const delayed = await redis.command(
    "ZRANGE",
    "srq:test:delayed",
    0,
    -1,
    "WITHSCORES",
  ) as string[];
  const times = delayed.filter((_, i) => i % 2 === 1).map((score) => Number(score) / 1_000);
  assert.equal(times.length, 3);
  for (const time of times) {
    assert.ok(
      time >= before + 90_500 && time <= Date.now() + 90_500,
      `due ${time - before} ms later`,
    );
  }
});

Deno.test("--delay 0 queues at once", async () => {
  await using redis = await startRedis();
  await runCli(["producer", "--delay", "0", "--url", redis.url], { input: lines(numbers(1, 3)) });
  assert.deepEqual(await waiting(redis), ["1", "2", "3"]);
});

Deno.test("--order-key takes the order key from a field of each line, and names a line that has none", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  const args = ["producer", "--order-key", "customer"];
  const good = ['{"customer": "ada", "n": 1}', '{"n": 2, "customer": 7}', '{"customer": "ada"}'];
  for (
    const bad of ["no JSON", "[1]", "null", '{"n": 1}', '{"customer": ""}', '{"customer": 1.5}']
  ) {
    const { code, stderr } = await runCli(args, { env, input: [...good, bad, good[0]].join("\n") });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /Line 4 is not a JSON object whose field "customer" is a short text or a whole number; 3 lines are stored/,
    );
    await using queue = redis.queue({ name: "test" });
    const keys: unknown[] = [];
    const { acked } = await queue.drain((item) => keys.push(item.orderKey));
    assert.deepEqual([acked, keys.toSorted()], [3, ["7", "ada", "ada"]]);
  }
});
