import assert from "node:assert/strict";
import { HAS_TERMINALS, runCli, startOnTerminal } from "../helpers/cli.ts";
import { startProgram } from "../helpers/program.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const NAME = "tests";

async function withConsumer(redis: TestRedis, use: () => Promise<void>): Promise<void> {
  await using queue = redis.queue({ name: NAME, autocleanInterval: null });
  const options = { name: NAME, instance: "mailer\\3" };
  await using _ = startProgram("shows_itself", redis.url, JSON.stringify(options));
  await until("it is seen", async () => (await queue.consumers()).length === 1);
  await use();
}

Deno.test("consumers prints who consumes, as values and as JSON", async () => {
  await using redis = await startRedis();
  const words = ["consumers", "--url", redis.url, "--name", NAME];
  await withConsumer(redis, async () => {
    const { code, stdout, stderr } = await runCli(words);
    assert.deepEqual([code, stderr], [0, ""]);
    const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    const line =
      `^${Deno.hostname()}\t\\d+\tmailer\\\\\\\\3\t0\t3\t${time}\t${time}\t[0-9a-f-]{36}\n$`;
    assert.match(stdout, new RegExp(line));
    const json = await runCli([...words, "--json"]);
    const { name, concurrency, inHand, host, pid, since, lastSeen } = JSON.parse(json.stdout);
    assert.deepEqual({ name, concurrency, inHand, host }, {
      ...{ name: "mailer\\3", concurrency: 3, inHand: 0, host: Deno.hostname() },
    });
    assert(pid > 0 && new Date(since) <= new Date(lastSeen));
  });
});

Deno.test("consumers says that nobody consumes", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: NAME });
  await queue.put("item");
  const words = ["consumers", "--url", redis.url, "--name", NAME];
  for (const more of [[], ["--json"]]) {
    assert.deepEqual(await runCli([...words, ...more]), {
      code: 0,
      stdout: "",
      stderr: `Nobody consumes the queue "${NAME}"\n`,
    });
  }
});

Deno.test({
  name: "consumers prints an aligned table on a terminal",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using redis = await startRedis();
    await withConsumer(redis, async () => {
      await using child = startOnTerminal(["consumers", "--url", redis.url, "--name", NAME]);
      const shown = await new Response(child.stdout).text();
      assert.match(shown, /^HOST +PID +NAME +IN-HAND +CONCURRENCY +SINCE +LAST-SEEN +ID\r\n/);
      await child.stderr.cancel();
      await child.stdin.close().catch(() => {});
    });
  },
});
