import assert from "node:assert/strict";
import { ended, HAS_TERMINALS, runCli, startCli, startOnTerminal } from "../helpers/cli.ts";
import { numbers, put } from "../helpers/cli_queue.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("peek prints the next items and leaves them", async () => {
  await using redis = await startRedis();
  const uids = await put(redis, numbers(1, 12));
  const before = await readState(redis, "test");
  const { code, stdout } = await runCli(["peek", "--url", redis.url]);
  assert.equal(code, 0);
  const rows = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(rows.map(([uid]) => uid), uids.slice(0, 10));
  assert.deepEqual(rows.map(([, , size, item]) => `${size} ${item}`), [
    ...numbers(1, 9).map((number) => `1 ${number}`),
    "2 10",
  ]);
  for (const [, time] of rows) assert.ok(Math.abs(Date.now() - Date.parse(time!)) < 60_000, time);
  assert.deepEqual(await readState(redis, "test"), before);
});

Deno.test("peek N prints that many", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 12));
  for (const [count, lines] of [["1", 1], ["12", 12], ["1000", 12]] as const) {
    const { stdout } = await runCli(["peek", count, "--url", redis.url]);
    assert.equal(stdout.split("\n").length - 1, lines);
  }
});

Deno.test("characters that would break a line, or change the terminal, are shown as escapes", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { "a\tb": "\x1b[31m\\ \t\n\r\x00" }, queue: ["a\tb"] });
  const { stdout } = await runCli(["peek", "--url", redis.url]);
  assert.equal(stdout, "a\\tb\t-\t11\t\\x1b[31m\\\\ \\t\\n\\r\\x00\n");
});

Deno.test("peek --json prints items as consumer --json does", async () => {
  await using redis = await startRedis();
  const items = { "1": '{"a": 12345678901234567890}', "2": "text", "3": "\xff" };
  await seed(redis, "test", { items, queue: ["3", "2", "1"] });
  const { stdout } = await runCli(["peek", "3", "--json", "--url", redis.url]);
  assert.equal(
    stdout,
    '{"uid":"1","item":{"a": 12345678901234567890}}\n{"uid":"2","text":"text"}\n{"uid":"3","base64":"/w=="}\n',
  );
});

Deno.test("peek --json prints headers, of an item that has some", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { "1": "a", "2": "b" }, queue: ["2", "1"] });
  await redis.command("HSET", "srq:test:headers", "2", '{"tenant":"acme"}');
  const { stdout } = await runCli(["peek", "--json", "--url", redis.url]);
  assert.equal(
    stdout,
    '{"uid":"1","text":"a"}\n{"uid":"2","headers":{"tenant":"acme"},"text":"b"}\n',
  );
});

Deno.test("peek --raw prints the items as they are", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", {
    items: { "1": "a\\\tb", "2": "\xff", "3": "" },
    queue: ["3", "2", "1"],
  });
  const child = startCli(["peek", "--raw", "--url", redis.url]);
  const printed = await new Response(child.stdout).bytes();
  assert.deepEqual(Array.from(printed), [97, 92, 9, 98, 10, 255, 10, 10]);
  await Promise.all([child.status, child.stderr.cancel()]);
});

Deno.test("peek prints nothing if the queue is empty", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  await runCli(["consumer", "--count", "1", "--url", redis.url]);
  const outcome = await runCli(["peek", "--url", redis.url]);
  assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
});

Deno.test({
  name: "peek prints a table on a terminal, cut at its width",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using redis = await startRedis();
    const uids = await put(redis, ["short", "long".repeat(1_000)]);
    const child = startOnTerminal(["peek", "--url", redis.url]);
    const lines = (await ended(child)).stdout.trimEnd().split("\r\n");
    assert.deepEqual(lines.map((line) => line.slice(0, 36).trim()), ["UID", ...uids]);
    assert.equal(
      new Set(lines.map((line) => line.search(/ITEM|short|long/))).size,
      1,
      lines.join("\n"),
    );
  },
});
