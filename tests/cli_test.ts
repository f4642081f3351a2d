import assert from "node:assert/strict";
import { bytes } from "../mod.ts";
import { VERSION } from "../src/cli/version.ts";
import config from "../deno.json" with { type: "json" };
import { cliWords, ended, feed, runCli, startCli, startShell } from "./helpers/cli.ts";
import { byteStringOf, EMPTY, readState, seed } from "./helpers/queue_state.ts";
import { startRedis, type TestRedis } from "./helpers/redis.ts";
import { RedisProcess } from "./helpers/redis_process.ts";
import { until } from "./helpers/until.ts";

const encoder = new TextEncoder();
const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Nobody listens there: it is nothing that a server would choose. */
const NOWHERE = "redis://127.0.0.1:1";

/** The numbers from `first` to `last`, one in a line. */
function numbers(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
}

/** Numbered items of about 1,000 bytes: a hundred of them fill any pipe. */
function largeItems(count: number): string[] {
  return numbers(1, count).map((number) => number.padEnd(1_000, "."));
}

function lines(items: string[]): string {
  return items.map((item) => `${item}\n`).join("");
}

/** The items that a consumer printed. */
function printedItems(stdout: string): string[] {
  return stdout.split("\n").slice(0, -1).map((line) => line.slice(37));
}

/** The items that wait in the queue `test`, oldest first. */
async function waiting(redis: TestRedis): Promise<string[]> {
  const { items, queue } = await readState(redis, "test");
  return queue.toReversed().map((uid) => items[uid]!);
}

async function inFlight(redis: TestRedis): Promise<number> {
  const { ackbuf, aging } = await readState(redis, "test");
  return ackbuf.length + Object.keys(aging).length;
}

async function put(redis: TestRedis, items: string[]): Promise<string[]> {
  await using queue = redis.queue({ name: "test" });
  return await queue.putMany(items);
}

/** Resolves when a consumer waits for an item. */
async function blocked(redis: TestRedis): Promise<void> {
  await until("a consumer waits", async () => await redis.blockedClients() === 1);
}

/** Resolves when a consumer can't write any more, since nobody reads what it prints. */
async function stalled(redis: TestRedis): Promise<void> {
  let before = "";
  await until("the consumer stands still with items in its hands", async () => {
    const now = JSON.stringify(await readState(redis, "test"));
    const still = now === before && await inFlight(redis) > 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return still;
  });
}

// The command line itself

Deno.test("the version is that of deno.json", async () => {
  assert.equal(VERSION, config.version);
  assert.deepEqual(await runCli(["--version"]), { code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

for (const option of ["--help", "-h"]) {
  Deno.test(`${option} lists the commands`, async () => {
    const { code, stdout } = await runCli([option]);
    assert.equal(code, 0);
    for (const command of ["producer", "consumer", "demo"]) assert.match(stdout, RegExp(command));
  });
}

for (const command of ["producer", "consumer", "demo"]) {
  Deno.test(`${command} --help shows its options and examples`, async () => {
    const { code, stdout, stderr } = await runCli([command, "--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, RegExp(`^Usage: .* ${command} `));
    assert.match(stdout, /--name NAME[^]*--url URL[^]*\nExamples:\n/);
  });
}

for (
  const [args, message] of [
    [[], "A command is missing"],
    [["bogus"], 'Unknown command "bogus"'],
    [["constructor"], 'Unknown command "constructor"'],
    [["--bogus"], "Unknown option --bogus"],
    [["consumer", "--bogus"], "Unknown option --bogus"],
    [["consumer", "--bogus=1"], "Unknown option --bogus"],
    [["producer", "--count", "1"], "Unknown option --count"],
    [["consumer", "word"], 'Unexpected argument "word"'],
    [["consumer", "--", "--word"], 'Unexpected argument "--word"'],
    [["consumer", "--name"], "The option --name needs a value"],
    [["consumer", "--name", "--json"], "The option --name needs a value"],
    [["consumer", "--url="], "The option --url needs a value"],
    [["consumer", "--count", "0"], 'The option --count is "0"'],
    [["consumer", "--count", "2.5"], 'The option --count is "2.5"'],
    [["consumer", "--batch", "many"], 'The option --batch is "many"'],
    [["consumer", "--timeout", "soon"], 'The option --timeout is "soon"'],
    [["consumer", "--timeout=-1"], 'The option --timeout is "-1"'],
  ] as const
) {
  Deno.test(`a wrong command line gets an answer: "${args.join(" ")}"`, async () => {
    const { code, stdout, stderr } = await runCli([...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(message), stderr);
    assert.match(stderr, /\n\nUsage: deno run /);
  });
}

// Where Redis is

for (const command of ["producer", "consumer", "demo"]) {
  Deno.test(`${command} says in one line that Redis cannot be reached`, async () => {
    const { code, stdout, stderr } = await runCli([command, "--url", NOWHERE]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^Cannot connect: Redis at 127\.0\.0\.1:1 cannot be reached \(.*--url.*\n$/,
    );
  });

  Deno.test(`${command} says in one line that a URL is wrong`, async () => {
    const { code, stdout, stderr } = await runCli([command, "--url", "http://user:secret@host"]);
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
    ["demo", "--url", `redis://:${secret}@${server}`],
  ];
  for (const args of commandLines) {
    const { code, stdout, stderr } = await runCli(args);
    assert.ok(code === 1 || code === 2, String(code));
    assert.ok(!(stdout + stderr).includes(secret), stdout + stderr);
  }
});

Deno.test("a wrong password gets one line with Redis's answer", async () => {
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

Deno.test("--url decides over REDIS_URL", async () => {
  await using redis = await startRedis();
  const args = ["consumer", "--url", redis.url, "--timeout", "0"];
  const { code, stderr } = await runCli(args, { env: { REDIS_URL: NOWHERE } });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("REDIS_URL is not looked at where that is not permitted", async () => {
  // The default address is not permitted either, so that no server of this machine is touched.
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

Deno.test("a signal ends a command that is still connecting", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const command of ["producer", "consumer", "demo"]) {
    const child = startCli([command, "--url", `redis://127.0.0.1:${listener.addr.port}`]);
    using _silent = await listener.accept();
    child.kill("SIGINT");
    assert.deepEqual(await ended(child), { code: 130, stdout: "", stderr: "" });
  }
});

// Producer and consumer together

for (const module of ["cli.ts", "mod.ts"]) {
  Deno.test(`a line put in comes out, with ${module} as the program`, async () => {
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    const input = "Hello World\nFoo bar\n";
    const produced = await runCli(["producer"], { module, env, input });
    assert.deepEqual(produced, { code: 0, stdout: "", stderr: "" });

    const { code, stdout, stderr } = await runCli(["consumer", "--count", "2"], { module, env });
    assert.deepEqual([code, stderr], [0, ""]);
    const [hello, foo, end] = stdout.split("\n");
    assert.match(hello!.slice(0, 36), UID);
    assert.match(foo!.slice(0, 36), UID);
    assert.deepEqual([hello!.slice(36), foo!.slice(36), end], [" Hello World", " Foo bar", ""]);
    assert.deepEqual(await readState(redis, "test"), EMPTY);
  });
}

Deno.test("ten consumers and five producers: each line is printed once", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  const inputs = numbers(1, 5).map((producer) =>
    numbers(1, 2_000).map((number) => `${producer}-${number}`)
  );
  const consumers = numbers(1, 10).map(() => startCli(["consumer"], { env }));
  const outcomes = consumers.map(ended);
  const producers = inputs.map((input) => runCli(["producer"], { env, input: lines(input) }));
  for (const { code } of await Promise.all(producers)) assert.equal(code, 0);
  await until("all is acked", async () => await redis.command("EXISTS", "srq:test:items") === 0);
  for (const consumer of consumers) consumer.kill("SIGTERM");

  const printed = (await Promise.all(outcomes)).flatMap(({ stdout }) => printedItems(stdout));
  assert.deepEqual(printed.toSorted(), inputs.flat().toSorted());
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

// The producer

Deno.test("a line is stored to the byte, without its ending", async () => {
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

Deno.test("no input, no item", async () => {
  await using redis = await startRedis();
  const { code } = await runCli(["producer"], { env: { REDIS_URL: redis.url } });
  assert.equal(code, 0);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a line is stored as it comes, while the input goes on", async () => {
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

Deno.test("when nobody reads the uids any more, the lines are stored all the same", async () => {
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
  Deno.test(`--json refuses ${what}, by the number of its line`, async () => {
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

Deno.test("a line that Redis refuses ends the producer, by its number", async () => {
  await using redis = await startRedis(["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"]);
  const child = startCli(["producer", "--url", redis.url]);
  // It ends although its input does not.
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
    await writer.close().catch(() => {}); // broken, since nobody reads
  }
});

Deno.test({
  name: "a progress line on a terminal, for a long input",
  ignore: !await hasProgram("script", "--version"), // makes a terminal; that of util-linux does
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

// The consumer

Deno.test("the consumer prints an item to the byte, and then acks it", async () => {
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

Deno.test("the consumer prints items of other clients of the data format", async () => {
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

Deno.test("--timeout 0 ends at the end of the queue", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 500));
  const { code, stdout } = await runCli(["consumer", "--timeout", "0", "--url", redis.url]);
  assert.deepEqual([code, printedItems(stdout)], [0, numbers(1, 500)]);
  assert.equal((await redis.calls())["blmove"], undefined, "it waited");
});

Deno.test("--timeout ends a consumer that is idle so long", async () => {
  await using redis = await startRedis();
  await put(redis, ["1"]);
  const child = startCli(["consumer", "--timeout", "0.5", "--url", redis.url]);
  await blocked(redis);
  await put(redis, ["2"]);
  const { code, stdout } = await ended(child);
  assert.deepEqual([code, printedItems(stdout)], [0, ["1", "2"]]);
});

Deno.test("--batch limits how many items are taken at once", async () => {
  await using redis = await startRedis();
  await put(redis, largeItems(500));
  await using child = startCli(["consumer", "--batch", "7", "--url", redis.url]);
  await stalled(redis);
  assert.ok(await inFlight(redis) <= 7);
  child.kill("SIGKILL");
  await ended(child);
});

Deno.test("a consumer takes a single item at first, for a reader that soon leaves", async () => {
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
  // What head did not read, though it was in the pipe, counts as printed.
  const rest = await waiting(redis);
  assert.ok(rest.length > 1_500 && rest.length <= 1_997, String(rest.length));
  assert.deepEqual(rest, items.slice(-rest.length));
  assert.equal(await inFlight(redis), 0);
});

Deno.test("an item that nobody reads any more goes back to the front at once", async () => {
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
  name: "an item that cannot be written goes back to the front, and the error is told",
  ignore: Deno.build.os !== "linux", // has a file that is always full
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

  Deno.test(`${signal} ends a consumer whose output nobody reads, and it gives back`, async () => {
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
    // What is gone from the queue can still be read, in whole lines.
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

Deno.test("what a killed consumer held comes back", async () => {
  await using redis = await startRedis();
  const items = largeItems(500);
  await put(redis, items);
  const child = startCli(["consumer", "--url", redis.url]);
  await stalled(redis);
  const { aging } = await readState(redis, "test");
  const held = Object.keys(aging);
  child.kill("SIGKILL");
  await ended(child);

  // Their leases are let run out.
  for (const uid of held) await redis.command("ZADD", "srq:test:ackbuf_aging", 1, uid);
  const args = ["consumer", "--count", String((await waiting(redis)).length + held.length)];
  const { code, stdout } = await runCli([...args, "--url", redis.url]);
  assert.equal(code, 0);
  for (const uid of held) assert.ok(stdout.includes(`${uid} `), "one did not come back");
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a consumer outlives an outage of Redis", async () => {
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

Deno.test("a stopped consumer does not wait for a Redis that is frozen", async () => {
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

// The demo

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

Deno.test("the demo spares a queue that is in use", async () => {
  await using redis = await startRedis();
  await put(redis, ["precious"]);
  const { code, stderr } = await runCli(["demo", "--url", redis.url, "--name", "test"]);
  assert.equal(code, 1);
  assert.match(stderr, /^The queue "test" holds 1 item/);
  assert.deepEqual(await waiting(redis), ["precious"]);
});

const nothingListens = !await listens(6379);

Deno.test({
  name: "the demo runs on a Redis of its own where there is none, and ends it",
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
  name: "the demo says what to install where there is no Redis at all",
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
  name: "the demo says which permission it lacks",
  ignore: !nothingListens,
  async fn() {
    const { code, stderr } = await runCli(["demo"], { permissions: ["--allow-net"] });
    assert.equal(code, 1);
    assert.match(stderr, /^Requires run access to "redis-server".*\n$/);
  },
});

// Throughput

Deno.test("1,000,000 lines arrive in order, in memory that does not grow with them", async () => {
  await using redis = await startRedis();
  const small = await sendThrough(redis, 100_000);
  const large = await sendThrough(redis, 1_000_000);
  // The input is 150 MB larger. The engine takes some more memory the longer it runs, up to a limit.
  for (const command of ["producer", "consumer"] as const) {
    const [peak, limit] = [large[command], small[command] + 80_000];
    assert.ok(peak <= limit, `the ${command}'s memory grew to ${peak} kB: more than ${limit} kB`);
  }
});

/** Sends lines through a producer and a consumer; returns the highest resident memory of each, in kB. */
async function sendThrough(
  redis: TestRedis,
  count: number,
): Promise<{ producer: number; consumer: number }> {
  const env = { REDIS_URL: redis.url };
  const text = "with some text".padEnd(160, ".");

  const producer = startCli(["producer"], { env });
  const writer = producer.stdin.getWriter();
  for (let start = 1; start <= count; start += 1_000) {
    const chunk = numbers(start, start + 999).map((number) => `${number} ${text}`);
    await writer.write(encoder.encode(lines(chunk)));
  }
  await until(
    "all lines are stored",
    async () => await redis.command("LLEN", "srq:test:queue") === count,
  );
  const producerPeak = await peakMemory(producer);
  await writer.close();
  assert.deepEqual(await ended(producer), { code: 0, stdout: "", stderr: "" });

  const consumer = startCli(["consumer"], { env });
  let expected = 1;
  let rest = "";
  for await (const chunk of consumer.stdout.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop()!;
    for (const line of complete) {
      if (line.slice(37) !== `${expected} ${text}`) assert.fail(`${line} in place of ${expected}`);
      expected++;
    }
    if (expected > count) break;
  }
  await until("all is acked", async () => await redis.command("EXISTS", "srq:test:items") === 0);
  const consumerPeak = await peakMemory(consumer);
  consumer.kill("SIGTERM");
  assert.equal((await consumer.status).code, 0);
  assert.equal(await new Response(consumer.stderr).text(), "");
  assert.equal(rest, "");
  return { producer: producerPeak, consumer: consumerPeak };
}

/** 0 where the system has no /proc. */
async function peakMemory({ pid }: Deno.ChildProcess): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}

async function hasProgram(name: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args }).output()).success;
  } catch {
    return false;
  }
}
