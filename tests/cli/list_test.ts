import assert from "node:assert/strict";
import { runCli } from "../helpers/cli.ts";
import { numbers, put } from "../helpers/cli_queue.ts";
import { seedExtras } from "../helpers/extra_state.ts";
import { seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const TIME = Date.parse("2030-01-02T03:04:05.678Z") * 1000;

function list(redis: TestRedis, ...args: string[]) {
  return runCli(["list", ...args, "--url", redis.url]);
}

Deno.test("list waiting prints all items that wait, page by page", async () => {
  await using redis = await startRedis();
  const items = numbers(1, 250);
  const uids = await put(redis, items);
  const { code, stdout } = await list(redis, "waiting");
  assert.equal(code, 0);
  const rows = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(
    rows.map(([uid, , ...rest]) => [uid, ...rest]),
    items.map((item, i) => [uids[i], "0", "", item]),
  );
  for (const [, time] of rows) assert.ok(Math.abs(Date.now() - Date.parse(time!)) < 60_000, time);
  assert.equal((await list(redis, "waiting", "--limit", "150")).stdout.split("\n").length, 151);
});

Deno.test("list prints the time that counts in each state", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", {
    items: { w: "1", l: "2", f: "3", u: "4", d: "5" },
    queue: ["w"],
    aging: { f: TIME - 60e6 },
    ackbuf: ["u"],
  });
  await seedExtras(redis, "test", { delayed: { l: TIME }, dead: { d: TIME } });
  const time = "2030-01-02T03:04:05.678Z";
  assert.equal((await list(redis, "waiting")).stdout, "w\t-\t0\t\t1\n");
  assert.equal((await list(redis, "delayed")).stdout, `l\t${time}\t0\t\t2\n`);
  assert.equal((await list(redis, "in-flight")).stdout, `f\t${time}\t0\t\t3\nu\t-\t0\t\t4\n`);
  assert.equal((await list(redis, "dead")).stdout, `d\t${time}\t0\t\t5\n`);
});

Deno.test("list --match prints only what contains the text, as it is with --json and --raw", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", {
    items: { a: "to: ada", b: "to: bob", ada: "\xff" },
    queue: ["ada", "b", "a"],
  });
  const { stdout } = await list(redis, "waiting", "--match", "ada", "--json");
  const found = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(found.map(({ uid, text, base64 }) => [uid, text, base64]), [
    ["a", "to: ada", undefined],
    ["ada", undefined, "/w=="],
  ]);
  assert.equal((await list(redis, "waiting", "--match", "bob", "--raw")).stdout, "to: bob\n");
  const none = await list(redis, "waiting", "--match", "carl");
  assert.deepEqual(none, { code: 0, stdout: "", stderr: "" });
});
