import assert from "node:assert/strict";
import { bytes } from "../../mod.ts";
import { ended, HAS_TERMINALS, runCli, startCli, startOnTerminal } from "../helpers/cli.ts";
import { blocked, inFlight, numbers, put, waiting } from "../helpers/cli_queue.ts";
import { isRunning, ScriptGate } from "../helpers/script_gate.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { until } from "../helpers/until.ts";

/** Arguments of a worker that runs a shell script for each item. */
function workerArgs({ url }: { url: string }, options: string[], script: string): string[] {
  return ["worker", "--url", url, ...options, "--", "sh", "-c", script];
}

/** Runs a worker until the queue is empty. */
function drain(redis: TestRedis, options: string[], script: string) {
  return runCli(workerArgs(redis, ["--drain", ...options], script));
}

/** What a worker says of its drain. */
function summary(acked: number, failed = 0, dead = 0): string {
  return `${acked} acked, ${failed} failed, ${dead} dead, 0 still delayed\n`;
}

async function deadLetters(redis: TestRedis) {
  await using queue = redis.queue({ name: "test" });
  return (await queue.dead.list()).items;
}

async function deadErrors(redis: TestRedis): Promise<string[]> {
  return (await deadLetters(redis)).map(({ error }) => error);
}

/** Resolves when a stopped worker does not wait for items any more. */
async function unblocked(redis: TestRedis): Promise<void> {
  await until("the worker has heard the signal", async () => await redis.blockedClients() === 0);
}

// What a command gets, and what becomes of the item

Deno.test("a command gets the item on stdin, its uid and its attempt in the environment", async () => {
  await using redis = await startRedis();
  const uids = await put(redis, ["Hello World", "two\nlines"]);
  const outcome = await drain(redis, [], 'echo "$SRQ_UID $SRQ_ATTEMPT $(cat)"');
  const stdout = `${uids[0]} 1 Hello World\n${uids[1]} 1 two\nlines\n`;
  assert.deepEqual(outcome, { code: 0, stdout, stderr: summary(2) });
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a command gets its item as a line, which read takes also if the shell ends at errors", async () => {
  await using redis = await startRedis();
  await put(redis, ["1", " a \\ b", ""]);
  const script = 'set -e; IFS= read -r item; [ "$(wc -c)" -eq 0 ]; echo "got $item."';
  const outcome = await drain(redis, [], script);
  const stdout = "got 1.\ngot  a \\ b.\ngot .\n";
  assert.deepEqual(outcome, { code: 0, stdout, stderr: summary(3) });
});

Deno.test("with --raw a command gets the item byte for byte, whatever its size", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test", serializer: bytes });
  const item = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
  await queue.put(item);
  const child = startCli(["worker", "--url", redis.url, "--drain", "--raw", "--", "cat"]);
  const [printed] = await Promise.all([
    new Response(child.stdout).bytes(),
    child.stderr.cancel(),
    child.status,
  ]);
  assert.ok(printed.length === item.length && printed.every((byte, i) => byte === item[i]));
});

Deno.test("a command that does not read its item may succeed", async () => {
  await using redis = await startRedis();
  await put(redis, ["x".repeat(3_000_000), "2"]);
  assert.deepEqual(await drain(redis, [], "exit 0"), { code: 0, stdout: "", stderr: summary(2) });
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

for (
  const [how, args] of [
    ["worker --", ["worker", "--arg", "--drain", "--", "printf", "[%s]", "first"]],
    ["consumer --exec", ["consumer", "--arg", "--drain", "--exec", "printf '[%s]' first"]],
  ] as const
) {
  Deno.test(`${how}: with --arg the item is the last argument, one word whatever it holds`, async () => {
    await using redis = await startRedis();
    const item = `"two" $(words)\n'; --x`;
    await put(redis, [item]);
    const outcome = await runCli([...args], { env: { REDIS_URL: redis.url } });
    assert.deepEqual(outcome, { code: 0, stdout: `[first][${item}]`, stderr: summary(1) });
  });
}

for (const [what, item] of [["not text", "\xff"], ["with a zero byte", "a\0b"]] as const) {
  Deno.test(`--arg fails an item that is ${what}, and says why`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ name: "test", serializer: bytes });
    await queue.put(Uint8Array.from(item, (character) => character.charCodeAt(0)));
    const { code, stderr } = await drain(redis, ["--arg", "--max-attempts", "1"], "true");
    assert.equal(code, 3);
    const text = "The item is not text, and cannot be an argument";
    assert.match(stderr, RegExp(`^Item [0-9a-f-]+, attempt 1: ${text}\n${summary(0, 0, 1)}$`));
    assert.deepEqual(await deadErrors(redis), ["The item is not text, and cannot be an argument"]);
  });
}

Deno.test("consumer --exec runs a shell command for each item", async () => {
  await using redis = await startRedis();
  await put(redis, ["b\na", "d\nc"]);
  const args = ["consumer", "--exec", "sort | tr a-z A-Z", "--drain", "--url", redis.url];
  assert.deepEqual(await runCli(args), { code: 0, stdout: "A\nB\nC\nD\n", stderr: summary(2) });
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("a failed item is tried again up to --max-attempts, and the stderr is kept", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const script = 'echo "no $(cat), attempt $SRQ_ATTEMPT" >&2; exit 7';
  const { code, stdout, stderr } = await drain(redis, ["--max-attempts", "3"], script);
  assert.deepEqual([code, stdout], [3, ""]);
  const told = numbers(1, 3).map((attempt) =>
    `no item, attempt ${attempt}\nItem UID, attempt ${attempt}: exit code 7\n`
  );
  assert.equal(stderr.replaceAll(/[0-9a-f-]{36}/g, "UID"), told.join("") + summary(0, 2, 1));
  const letters = await deadLetters(redis);
  assert.deepEqual(
    letters.map(({ payload, attempts, error }) => ({ payload, attempts, error })),
    [{ payload: "item", attempts: 3, error: "no item, attempt 3" }],
  );
});

Deno.test("the end of a long stderr is kept, and all of it is passed on", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const script = "seq 100000 >&2; exit 1";
  const { stderr } = await drain(redis, ["--max-attempts", "1"], script);
  assert.ok(stderr.startsWith(numbers(1, 100_000).join("\n")));
  assert.deepEqual(await deadErrors(redis), [numbers(1, 100_000).join("\n").slice(-1_000)]);
});

for (
  const [script, expected] of [
    ["exit 3", "exit code 3"],
    ["kill -KILL $$", "ended by SIGKILL"],
    ["echo why >&2; kill -KILL $$", "ended by SIGKILL: why"],
  ] as const
) {
  Deno.test(`the reason of a dead letter after "${script}"`, async () => {
    await using redis = await startRedis();
    await put(redis, ["item"]);
    await drain(redis, ["--max-attempts", "1"], script);
    assert.deepEqual(await deadErrors(redis), [expected]);
  });
}

for (const [backoff, from, to] of [["90", 90, 90], ["exponential", 0.5, 1]] as const) {
  Deno.test(`--backoff ${backoff} delays a failed item`, async () => {
    await using redis = await startRedis();
    const [uid] = await put(redis, ["item"]);
    const before = Date.now();
    await drain(redis, ["--backoff", backoff, "--count", "1"], "exit 1");
    const due = Number(await redis.command("ZSCORE", "srq:test:delayed", uid!)) / 1_000;
    const seconds = (ms: number) => ms / 1_000;
    assert.ok(seconds(due - before) >= from, `due ${seconds(due - before)} s after the start`);
    assert.ok(seconds(due - Date.now()) <= to, `due in ${seconds(due - Date.now())} s`);
  });
}

Deno.test("--concurrency runs that many commands at once, and takes no more items", async () => {
  await using redis = await startRedis();
  await using gate = await ScriptGate.make();
  await put(redis, numbers(1, 5));
  const child = startCli(workerArgs(redis, ["--concurrency", "3", "--drain"], gate.wait));
  await until("three run", () => gate.arrived().length === 3);
  assert.deepEqual([await inFlight(redis), await waiting(redis)], [3, ["4", "5"]]);
  await gate.open();
  assert.equal((await ended(child)).code, 0);
  assert.equal(gate.arrived().length, 5);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

for (const mode of [["--drain"], []]) {
  Deno.test(`--count ends a worker after that many items ${mode.join()}`, async () => {
    await using redis = await startRedis();
    await put(redis, numbers(1, 5));
    const { code, stdout } = await drain(redis, [...mode, "--count", "2"], "cat");
    assert.deepEqual([code, stdout], [0, "1\n2\n"]);
    assert.deepEqual([await waiting(redis), await inFlight(redis)], [["3", "4", "5"], 0]);
  });
}

Deno.test("the items of a killed worker are delivered again after --lease", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const lease = ["--lease", "0.5", "--count", "1"];
  const killed = await runCli(workerArgs(redis, lease, "kill -9 $PPID"));
  assert.notEqual(killed.code, 0);
  assert.equal(await inFlight(redis), 1);
  const started = performance.now();
  const { stdout } = await runCli(workerArgs(redis, lease, "cat"));
  assert.equal(stdout, "item\n");
  assert.ok(performance.now() - started < 30_000, "it came after the default lease");
});

// What a worker says at its end

Deno.test("a drain tells how many are still delayed; they have failed and are not done", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 4));
  const script = 'read -r x; [ "$x" -ne 2 ]';
  const { code, stderr } = await drain(redis, ["--backoff", "90"], script);
  assert.equal(code, 3);
  assert.match(stderr, /\n3 acked, 1 failed, 0 dead, 1 still delayed\n$/);
  const again = await drain(redis, [], script);
  assert.deepEqual(again, {
    code: 0,
    stdout: "",
    stderr: "0 acked, 0 failed, 0 dead, 1 still delayed\n",
  });
});

Deno.test("a drain whose failed items were done at a later attempt exits with 0", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 3));
  const { code, stderr } = await drain(redis, [], '[ "$SRQ_ATTEMPT" -eq 2 ]');
  assert.equal(code, 0);
  assert.ok(stderr.endsWith(`exit code 1\n${summary(3, 3)}`), stderr);
});

Deno.test("a drain that finds nothing to do says nothing, unless there is no such queue", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  await drain(redis, [], "true");
  assert.deepEqual(await drain(redis, [], "true"), { code: 0, stdout: "", stderr: "" });
  const stderr = 'There is no queue "mistyped": Redis holds nothing under this name\n';
  const mistyped = await drain(redis, ["--name", "mistyped"], "true");
  assert.deepEqual(mistyped, { code: 0, stdout: "", stderr });
});

Deno.test("a worker that ends by --count tells by its exit code that runs have failed", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 3));
  const args = ["--count", "2", "--max-attempts", "1"];
  const { code, stderr } = await runCli(workerArgs(redis, args, 'read -r x; [ "$x" -ne 2 ]'));
  assert.equal(code, 3);
  assert.match(stderr, /exit code 1\n1 of 2 runs failed\n$/);
});

// Runs that take too long

for (const permissions of [["-A"], ["--allow-net", "--allow-run=sh"]]) {
  Deno.test(`--run-timeout ends a run, with ${permissions.join(" ")}`, async () => {
    await using redis = await startRedis();
    await put(redis, ["item"]);
    const args = ["--run-timeout", "0.5", "--max-attempts", "1", "--drain"];
    const script = "echo began >&2; while true; do sleep 0.02; done";
    const { code, stderr } = await runCli(workerArgs(redis, args, script), { permissions });
    assert.equal(code, 3);
    assert.match(stderr, /^began\nItem .*: ended after 0\.5 s\n0 acked, 0 failed, 1 dead, .*\n$/);
    assert.deepEqual(await deadErrors(redis), ["ended after 0.5 s: began"]);
  });
}

Deno.test("a --run-timeout longer than any timer, by its old name too, does not end a run", async () => {
  await using redis = await startRedis();
  for (const option of ["--run-timeout", "--timeout"]) {
    await put(redis, ["item"]);
    const { stdout } = await drain(redis, [option, "3000000"], "sleep 0.2; cat");
    assert.equal(stdout, "item\n");
  }
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("--run-timeout also ends the processes that a run has started, even if they ignore SIGTERM", async () => {
  await using redis = await startRedis();
  await using gate = await ScriptGate.make();
  await put(redis, ["item"]);
  const script = `trap '' TERM; sh -c "$0" & wait`;
  const args = workerArgs(redis, ["--timeout", "1", "--max-attempts", "1", "--drain"], script);
  const child = startCli([...args, gate.wait]);
  assert.equal((await child.status).code, 3);
  assert.deepEqual(await deadErrors(redis), ["ended after 1 s"]);
  const [pid] = gate.arrived();
  await until("the grandchild is gone", () => !isRunning(pid!));
  await ended(child);
});

Deno.test("a process that a run leaves behind with stderr open does not block the worker", async () => {
  await using redis = await startRedis();
  await using gate = await ScriptGate.make();
  await put(redis, ["item"]);
  const script = `sh -c "$0" >/dev/null & echo gone >&2; exit 1`;
  const args = workerArgs(redis, ["--max-attempts", "1", "--drain"], script);
  const child = startCli([...args, gate.wait]);
  await until("it is given up", async () => (await deadLetters(redis)).length === 1);
  assert.deepEqual(await deadErrors(redis), ["gone"]);
  await gate.open();
  assert.equal((await ended(child)).code, 3);
});

// Commands that can't be run

for (
  const [what, command, expected] of [
    [
      "is not there",
      "/nowhere/to be found",
      'Cannot run "/nowhere/to be found": there is no such program\n',
    ],
    ["is no program", "./README.md", 'Cannot run "./README.md": not permitted\n'],
  ] as const
) {
  Deno.test(`a command that ${what} ends the worker, and no item is to blame`, async () => {
    await using redis = await startRedis();
    await put(redis, numbers(1, 3));
    const args = ["worker", "--url", redis.url, "--max-attempts", "1", "--", command];
    assert.deepEqual(await runCli(args), { code: 1, stdout: "", stderr: expected });
    assert.deepEqual(await waiting(redis), numbers(1, 3));
    assert.deepEqual(await redis.command("EXISTS", "srq:test:attempts", "srq:test:dead"), 0);
  });
}

Deno.test("a command that Deno does not permit ends the worker", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const permissions = ["--allow-net", "--allow-run=true"];
  const { code, stderr } = await runCli(workerArgs(redis, [], "true"), { permissions });
  assert.equal(code, 1);
  assert.match(stderr, /^Requires run access to "sh".*\n$/);
  assert.deepEqual(await waiting(redis), ["item"]);
});

// How a worker is stopped

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} lets the current runs finish, and starts no more`, async () => {
    await using redis = await startRedis();
    await using gate = await ScriptGate.make();
    await put(redis, ["1"]);
    const args = workerArgs(redis, ["--concurrency", "2"], `${gate.wait}; cat`);
    const child = startCli(args);
    await until("it runs", () => gate.arrived().length === 1);
    await blocked(redis);
    child.kill(signal);
    await unblocked(redis);
    await put(redis, ["2"]);
    await gate.open();
    assert.deepEqual(await ended(child), { code: 0, stdout: "1\n", stderr: "" });
    assert.deepEqual([await waiting(redis), await inFlight(redis)], [["2"], 0]);
  });

  Deno.test(`a second ${signal} kills the runs and gives their items back`, async () => {
    await using redis = await startRedis();
    await using gate = await ScriptGate.make();
    await put(redis, ["1", "2"]);
    const script = `trap '' INT TERM; ${gate.wait}`;
    const child = startCli(workerArgs(redis, ["--concurrency", "3"], script));
    await until("both run", () => gate.arrived().length === 2);
    await blocked(redis);
    child.kill(signal);
    await unblocked(redis);
    child.kill(signal);
    const { code, stderr } = await ended(child);
    assert.deepEqual([code, stderr], [signal === "SIGINT" ? 130 : 143, ""]);
    assert.deepEqual((await waiting(redis)).toSorted(), ["1", "2"]);
    assert.deepEqual([await inFlight(redis), await redis.command("EXISTS", "srq:test:attempts")], [
      0,
      0,
    ]);
    assert.deepEqual(gate.arrived().filter(isRunning), []);
  });
}

Deno.test("the item of a run that the same signal ended is given back, and has not failed", async () => {
  await using redis = await startRedis();
  await using gate = await ScriptGate.make();
  await put(redis, ["1"]);
  const child = startCli(workerArgs(redis, ["--concurrency", "2"], gate.wait));
  await until("it runs", () => gate.arrived().length === 1);
  await blocked(redis);
  child.kill("SIGTERM");
  await unblocked(redis);
  Deno.kill(gate.arrived()[0]!, "SIGTERM"); // a service manager signals all processes
  assert.deepEqual(await ended(child), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await waiting(redis), ["1"]);
  assert.equal(await redis.command("EXISTS", "srq:test:attempts"), 0);
});

Deno.test({
  name: "Ctrl-C on a terminal reaches the worker and not its runs; the second ends both",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using redis = await startRedis();
    await using gate = await ScriptGate.make();
    await put(redis, ["1"]);
    await using child = startOnTerminal(workerArgs(redis, ["--concurrency", "2"], gate.wait));
    const outcome = ended(child);
    await until("it runs", () => gate.arrived().length === 1);
    await blocked(redis);
    const keyboard = child.stdin.getWriter();
    await keyboard.write(Uint8Array.of(3));
    await unblocked(redis);
    const [pid] = gate.arrived();
    assert.ok(isRunning(pid!));
    assert.equal(await inFlight(redis), 1);
    await keyboard.write(Uint8Array.of(3));
    assert.equal((await outcome).code, 130);
    assert.ok(!isRunning(pid!));
    assert.deepEqual(await waiting(redis), ["1"]);
    await keyboard.close().catch(() => {}); // nobody reads it any more
  },
});

Deno.test("a worker survives an outage of Redis, and the result of its run counts", async () => {
  await using server = await RedisProcess.start();
  const url = `redis://127.0.0.1:${server.port}`;
  await using gate = await ScriptGate.make();
  const child = startCli(workerArgs({ url }, ["--count", "1"], gate.wait));
  {
    await using redis = await server.connect();
    await put(redis, ["item"]);
    await until("it runs", () => gate.arrived().length === 1);
  }
  await server.kill();
  await gate.open();
  await server.startAgain();
  await using redis = await server.connect();
  assert.equal((await ended(child)).code, 0);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("the command gets the order key of its item, and --on-dead hold holds up those behind it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test", autocleanInterval: null });
  await queue.put("none");
  await queue.putMany(["1", "2"], { orderKey: "my key" });
  const options = ["--max-attempts", "1", "--on-dead", "hold"];
  const script = 'test "$(cat)" != 1 && echo "($SRQ_ORDER_KEY)"';
  const { stdout } = await drain(redis, options, script);
  assert.equal(stdout, "()\n");
  assert.deepEqual((await queue.stats()).heldKeys, ["my key"]);
});
