// stdin, stdout and stderr that can't be read or written, with every command.
import assert from "node:assert/strict";
import { cliWords, type Ended, ended, runCli, startCli, startShell } from "../helpers/cli.ts";
import { inFlight, numbers, put, waiting } from "../helpers/cli_queue.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

/** Command lines that print. `--url` and the address follow the first word of those that need a Redis. */
const PRINTING: string[][] = [
  ["--help"],
  ["--version"],
  ["worker", "--help"],
  ["completions", "bash"],
  ["producer", "--verbose"],
  ["consumer", "--count", "1"],
  ["consumer", "--json", "--count", "1"],
  ["consumer", "--exec", "cat", "--drain"],
  ["worker", "--", "cat"],
  ["worker", "--concurrency", "3", "--drain", "--max-attempts", "1", "--", "cat"],
  ["stats"],
  ["stats", "--watch"],
  ["stats", "--json"],
  ["peek"],
  ["peek", "--raw"],
  ["dead", "list"],
  ["dead", "requeue", "--all"],
  ["pause"],
  ["resume"],
  ["clear", "--yes"],
  ["demo"],
];

const IS_LINUX = Deno.build.os === "linux"; // only Linux has a file that is always full

function withUrl([command = "", ...rest]: string[], { url }: TestRedis): string[] {
  if (rest[0] === "--help" || command.startsWith("--") || command === "completions") {
    return [command, ...rest];
  }
  return [command, "--url", url, ...rest];
}

/** Three items, and a dead letter. */
async function fill(redis: TestRedis): Promise<void> {
  await using queue = redis.queue({ name: "test", maxAttempts: 1 });
  await queue.put("dead");
  await queue.fail((await queue.get())[0]!);
  await queue.putMany(numbers(1, 3));
}

/** Runs a command line with `redirection`, such as "> /dev/full". */
function runWith(redirection: string, args: string[]): Promise<Ended> {
  return ended(startShell(`echo input | "$@" ${redirection}`, ...cliWords(args)));
}

/** What has to hold after a command could not print: nothing has failed, or is in nobody's hands. */
async function assertNothingLost(redis: TestRedis, command: string): Promise<void> {
  assert.equal(await inFlight(redis), 0);
  if (!command.startsWith("consumer") && !command.startsWith("worker")) return;
  assert.deepEqual((await waiting(redis)).toSorted(), ["1", "2", "3"]);
  assert.equal(await redis.command("ZCARD", "srq:test:dead"), 1);
  assert.equal(await redis.command("EXISTS", "srq:test:attempts"), 1); // of the dead letter
}

for (const words of PRINTING) {
  const command = words.join(" ");

  Deno.test({
    name: `${command}: a full disk under stdout is told in one line`,
    ignore: !IS_LINUX,
    async fn() {
      await using redis = await startRedis();
      await fill(redis);
      const { code, stderr } = await runWith("> /dev/full", withUrl(words, redis));
      const more = words[0] === "producer" ? "; 1 line is stored" : "";
      const full = `No space left on device (os error 28)${more}`;
      assert.deepEqual([code, stderr], [1, `Cannot write to stdout: ${full}\n`]);
      await assertNothingLost(redis, command);
    },
  });

  Deno.test(`${command}: ends quietly if nobody reads its output`, async () => {
    await using redis = await startRedis();
    await fill(redis);
    const child = startCli(withUrl(words, redis));
    await child.stdout.cancel();
    await child.stdin.close();
    const stderr = await new Response(child.stderr).text();
    assert.deepEqual([(await child.status).code, stderr], [0, ""]);
    await assertNothingLost(redis, command);
  });

  Deno.test({
    name: `${command}: with a full disk under stdout and stderr it ends by its exit code`,
    ignore: !IS_LINUX,
    async fn() {
      await using redis = await startRedis();
      await fill(redis);
      const { code } = await runWith("> /dev/full 2> /dev/full", withUrl(words, redis));
      assert.equal(code, 1);
      await assertNothingLost(redis, command);
    },
  });
}

for (const stderr of ["2> /dev/full", "2>&-"]) {
  const ignore = !IS_LINUX && stderr.includes("full");

  Deno.test({
    name: `a worker goes on when it can't report that items fail: ${stderr}`,
    ignore,
    async fn() {
      await using redis = await startRedis();
      await put(redis, numbers(1, 4));
      const script = 'read -r x; echo "error $x" >&2; [ "$x" != 2 ]';
      const args = ["--url", redis.url, "--drain", "--max-attempts", "2", "--", "sh", "-c", script];
      const { code } = await runWith(stderr, ["worker", ...args]);
      assert.equal(code, 3);
      const { aging, queue } = await readState(redis, "test");
      assert.deepEqual([aging, queue], [{}, []]);
      await using queueOfTest = redis.queue({ name: "test" });
      const { items } = await queueOfTest.dead.list();
      // What the command wrote is kept, though nobody could see it.
      const reasons = items.map(({ payload, error }) => [payload, error]);
      assert.deepEqual(reasons, [["2", "error 2"]]);
    },
  });

  Deno.test({
    name: `a message that can't be written leaves the exit code: ${stderr}`,
    ignore,
    async fn() {
      await using redis = await startRedis();
      await put(redis, ["item"]);
      const runs: [args: string[], code: number][] = [
        [["bogus"], 2],
        [["consumer", "--count", "0"], 2],
        [["stats", "--url", "redis://127.0.0.1:1"], 1],
        [["stats", "--url", redis.url, "--name", "mistyped"], 0],
        [["dead", "requeue", "uid", "--url", redis.url], 1],
        [["worker", "--url", redis.url, "--", "/nowhere"], 1],
      ];
      for (const [args, expected] of runs) {
        const { code } = await runWith(stderr, args);
        assert.equal(code, expected, args.join(" "));
      }
      assert.deepEqual(await waiting(redis), ["item"]);
    },
  });
}

Deno.test("a stdin that can't be read is told in one line", async () => {
  await using redis = await startRedis();
  const words = cliWords(["producer", "--url", redis.url]);
  const { code, stdout, stderr } = await ended(startShell('"$@" < .', ...words));
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^Cannot read stdin: Is a directory .*; 0 lines are stored\n$/);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("no command but producer cares about its stdin", async () => {
  await using redis = await startRedis();
  for (const stdin of ["< .", "<&-"]) {
    await put(redis, ["1", "2"]);
    const consumer = cliWords(["consumer", "--count", "1", "--url", redis.url]);
    assert.match(
      (await ended(startShell(`"$@" ${stdin}`, ...consumer))).stdout,
      /^[0-9a-f-]+ 1\n$/,
    );
    const worker = cliWords(["worker", "--drain", "--url", redis.url, "--", "cat"]);
    assert.equal((await ended(startShell(`"$@" ${stdin}`, ...worker))).stdout, "2\n");
  }
});

Deno.test("closed streams are like /dev/null", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  const run = async (script: string, args: string[]) => {
    const { code, stderr } = await ended(startShell(script, ...cliWords(args)));
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  };
  const url = ["--url", redis.url];
  await run('"$@" <&-', ["producer", ...url]);
  assert.equal(await queue.size(), 0);
  await put(redis, numbers(1, 3));
  await run('"$@" >&-', ["stats", ...url]);
  await run('"$@" >&-', ["consumer", "--count", "1", ...url]);
  await run('"$@" <&- >&- 2>&-', ["worker", "--drain", ...url, "--", "cat"]);
  const { totals } = await queue.stats();
  assert.deepEqual([totals.acked, totals.failed], [3, 0]);
});

// Output that is not taken any more while a worker works

for (
  const [how, args] of [
    ["worker", ["worker", "--drain", "--max-attempts", "2", "--", "sh", "-c", "cat"]],
    ["worker that stays", ["worker", "--max-attempts", "2", "--", "cat"]],
    ["consumer --exec", ["consumer", "--exec", "cat", "--max-attempts", "2"]],
    // A program that hears of it by an error rather than by a signal, and one that does not care.
    ["command without SIGPIPE", [
      "worker",
      "--max-attempts",
      "1",
      "--",
      "sh",
      "-c",
      "trap '' PIPE; cat",
    ]],
    ["command that always succeeds", ["worker", "--", "sh", "-c", "cat; exit 0"]],
  ] as const
) {
  Deno.test(`| head -1 ends a ${how}: what was not written goes back, and has not failed`, async () => {
    await using redis = await startRedis();
    await put(redis, numbers(1, 50));
    const [command, ...rest] = args;
    const words = cliWords([command, "--url", redis.url, ...rest]);
    const script = '{ "$@"; echo "exit code $?" >&2; } | head -1';
    const { stdout, stderr } = await ended(startShell(script, ...words));
    assert.equal(stdout, "1\n");
    assert.match(stderr, /(^|\n)exit code 0\n$/);
    assert.doesNotMatch(stderr, /attempt/);
    await using queue = redis.queue({ name: "test" });
    const { waiting, inFlight, dead, totals } = await queue.stats();
    assert.ok(totals.acked >= 1 && totals.acked < 50, `${totals.acked} acked`);
    assert.deepEqual([waiting + totals.acked, inFlight, dead, totals.failed], [50, 0, 0, 0]);
  });
}

Deno.test("a SIGPIPE within the command is a failure like any other", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const args = ["worker", "--url", redis.url, "--drain", "--max-attempts", "1", "--"];
  const { code, stderr } = await runCli([...args, "sh", "-c", "kill -PIPE $$"]);
  assert.equal(code, 3);
  assert.match(stderr, /^Item .*: ended by SIGPIPE\n0 acked, 0 failed, 1 dead, /);
});

Deno.test("the output of a command is complete, though its reader is slower than it", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  // The run has ended long before its last bytes are read.
  const args = ["worker", "--url", redis.url, "--drain", "--", "seq", "30000"];
  const words = cliWords(args);
  const { stdout } = await ended(startShell('"$@" | { sleep 3; cat; }', ...words));
  assert.equal(stdout, numbers(1, 30_000).map((number) => `${number}\n`).join(""));
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("lines of commands that run at once are not torn", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 40));
  const script =
    'read -r x; for i in 1 2 3 4 5; do echo "$x ---------------------------- $x"; done';
  const args = ["worker", "--url", redis.url, "--drain", "--concurrency", "8", "--"];
  const { stdout } = await runCli([...args, "sh", "-c", script]);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 200);
  for (const line of lines) assert.match(line, /^(\d+) -+ \1$/);
});
