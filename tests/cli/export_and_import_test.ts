import assert from "node:assert/strict";
import { runCli, startCli } from "../helpers/cli.ts";
import { lines, numbers, put } from "../helpers/cli_queue.ts";
import { readExtras, seedExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const TIME = Date.parse("2030-01-02T03:04:05.678Z") * 1000;

const at = (place: number) => `${String(place).padStart(15, "0")}k`;

async function exported(redis: TestRedis, ...args: string[]): Promise<string> {
  const { code, stdout } = await runCli(["export", ...args, "--url", redis.url]);
  assert.equal(code, 0);
  return stdout;
}

function imported(redis: TestRedis, input: string, ...args: string[]) {
  return runCli(["import", "--url", redis.url, ...args], { input });
}

Deno.test("what was exported is imported as it was, but in flight, and once", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", {
    items: { f: "\xff\x00", w: '{"a":\n12345678901234567890}', l: "", d: "ü", a: "1", b: "2" },
    queue: ["a", "w"],
    aging: { f: 5 },
  });
  const extras = {
    ...{ named: { w: TIME }, attempts: { f: 2, d: 3 }, errors: { d: "no\n" } },
    ...{ delayed: { l: TIME }, dead: { d: TIME }, heads: { k: "a" } },
    headers: { f: '{"tenant":"käse"}', b: '{"__proto__":"a"}' },
  };
  await seedExtras(redis, "test", {
    ...extras,
    orderkeys: { a: at(0), b: at(1) },
    parked: { "1:k000000000000001b": 0 },
  });
  const text = await exported(redis);
  const uids = text.trimEnd().split("\n").map((line) => JSON.parse(line).uid);
  // a has the turn, so it comes before b, which waits for it.
  assert.deepEqual(uids, ["f", "l", "d", "a", "b", "w"]);
  const outcome = await imported(redis, text, "--name", "copy");
  assert.deepEqual(outcome, { code: 0, stdout: "6 items imported\n", stderr: "" });
  const { items } = await readState(redis, "test");
  const copy = await readState(redis, "copy");
  assert.deepEqual(copy, { items, queue: ["w", "b", "a", "f"], ackbuf: [], aging: {} });
  const copied = await readExtras(redis, "copy");
  assert.deepEqual({ ...copied, ...extras, orderkeys: { a: at(0), b: at(0) } }, copied);
  const again = await imported(redis, text, "--name", "copy");
  assert.equal(again.stdout, "0 items imported, 6 were there already\n");
  assert.deepEqual(await readState(redis, "copy"), copy);
});

Deno.test("export prints chosen items, or counts them", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 1_100));
  assert.equal((await exported(redis)).split("\n").length, 1_101);
  const some = await exported(redis, "--match", "110", "--limit", "2", "--state", "waiting");
  assert.equal(some.split("\n").length - 1, 2);
  assert.equal(await exported(redis, "--dry-run"), "1100 items would be exported\n");
});

Deno.test("import names the line that is wrong, and has stored those before it", async () => {
  await using redis = await startRedis();
  const wrong: [line: string, message: string][] = [
    ["secret", "it is no JSON object"],
    ['["secret"]', "it is no JSON object"],
    ['{"text":"secret"}', "its uid is missing"],
    ['{"uid":"","text":"secret"}', "its uid is missing"],
    ['{"uid":"b"}', 'it needs its payload, as "text" or as "base64"'],
    ['{"uid":"b","base64":"?"}', 'it needs its payload, as "text" or as "base64"'],
    ['{"uid":"b","text":"a","base64":""}', 'it needs its payload, as "text" or as "base64"'],
    ['{"uid":"b","text":"a","state":"done"}', "its state is none of"],
    ['{"uid":"b","text":"a","state":"delayed"}', "its dueAt is missing"],
    ['{"uid":"b","text":"a","state":"dead","diedAt":"soon"}', "its diedAt is no time"],
    ['{"uid":"b","text":"a","attempts":-1}', "its attempts are no number"],
    ['{"uid":"b","text":"a","orderKey":""}', "its orderKey is no string"],
    ['{"uid":"b","text":"a","headers":{"a":5}}', "its headers are no object of strings"],
  ];
  for (const [i, [line, message]] of wrong.entries()) {
    const input = lines([`{"uid":"a${i}","text":"1"}`, "", line, '{"uid":"c","text":"2"}']);
    const { code, stderr } = await imported(redis, input);
    assert.equal(code, 1);
    assert.ok(stderr.startsWith(`Line 3 is none of an export: ${message}`), stderr);
    assert.match(stderr, /; 1 item imported\n$/);
    assert.doesNotMatch(stderr, /secret/);
  }
  assert.equal(await redis.command("HLEN", "srq:test:items"), wrong.length);
});

Deno.test("import --dry-run checks the lines and stores nothing", async () => {
  await using redis = await startRedis();
  const outcome = await imported(redis, '{"uid":"a","text":"1"}\n', "--dry-run");
  assert.equal(outcome.stdout, "1 item would be imported\n");
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("import that is killed is run again, and stores each item once, in order", async () => {
  await using redis = await startRedis();
  const items = numbers(1, 20_000);
  const text = lines(items.map((item) => JSON.stringify({ uid: `uid ${item}`, text: item })));
  const child = startCli(["import", "--url", redis.url]);
  const keyboard = child.stdin.getWriter();
  keyboard.write(new TextEncoder().encode(text)).catch(() => {});
  await until("some are there", async () => await redis.command("HLEN", "srq:test:items") !== 0);
  child.kill("SIGKILL");
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  await keyboard.close().catch(() => {});
  assert.equal((await imported(redis, text)).code, 0);
  const { queue } = await readState(redis, "test");
  assert.deepEqual(queue.toReversed(), items.map((item) => `uid ${item}`));
});
