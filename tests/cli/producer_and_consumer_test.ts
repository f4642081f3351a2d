import assert from "node:assert/strict";
import { ended, runCli, startCli } from "../helpers/cli.ts";
import { lines, numbers, printedItems } from "../helpers/cli_queue.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const encoder = new TextEncoder();
const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

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

Deno.test("1,000,000 lines arrive in order, in memory that does not grow with them", async () => {
  await using redis = await startRedis();
  const small = await sendThrough(redis, 100_000);
  const large = await sendThrough(redis, 1_000_000);
  // The input is 150 MB larger. V8 takes more memory the longer it runs, up to a limit.
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

/** The highest resident memory in kB; 0 if the system has no /proc. */
async function peakMemory({ pid }: Deno.ChildProcess): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
