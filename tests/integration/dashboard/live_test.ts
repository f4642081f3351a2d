import assert from "node:assert/strict";
import { dashboard } from "../../../dashboard.ts";
import { withConsoleError } from "../../helpers/console_error.ts";
import { startRedis } from "../../helpers/redis.ts";
import { until } from "../../helpers/until.ts";

const OPEN = { authorize: () => true };

/** The events of a stream, as a browser reads them. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += text;
    const blocks = rest.split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      yield { event: field("event"), data: field("data") };
    }
  }
}

Deno.test("a stream has all pieces at first, then those that have changed", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const handler = dashboard([queue], OPEN);
  const response = await handler(new Request("http://localhost/live?page=queue&name=mails"));
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  const events = eventsOf(response);
  assert.equal((await events.next()).value?.event, "hello");
  const first = (await events.next()).value!;
  assert.deepEqual(Object.keys(JSON.parse(first.data)), [
    "badges",
    "pause",
    "tabs",
    "chart",
  ]);
  await queue.put("item");
  const second = (await events.next()).value!;
  const pieces = JSON.parse(second.data) as Record<string, string>;
  assert.deepEqual(Object.keys(pieces).filter((id) => id !== "chart"), ["badges", "tabs"]);
  assert.match(pieces["tabs"]!, /<b>1<\/b>/);
  await events.return(undefined);
});

Deno.test("a stream that nobody reads any more asks Redis nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails", autocleanInterval: null });
  const handler = dashboard([queue], OPEN);
  const streams = await Promise.all(Array.from({ length: 20 }, async () => {
    const response = await handler(new Request("http://localhost/live?page=overview"));
    const events = eventsOf(response);
    await events.next();
    await events.next();
    return events;
  }));
  // Twenty browsers, and one look at the counts.
  const { evalsha = 0, eval: whole = 0 } = await redis.calls();
  assert.ok(evalsha + whole <= 4, `${evalsha} and ${whole}`);
  await Promise.all(streams.map((events) => events.return(undefined)));
  await redis.resetCalls();
  // Longer than a stream waits before it looks again.
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  assert.equal((await redis.calls())["evalsha"], undefined);
});

Deno.test("a stream tells of an outage, and goes on", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({
    name: "mails",
    autocleanInterval: null,
    commandTimeout: 0.2,
    onError: () => {},
  });
  const handler = dashboard([queue], OPEN);
  const events = eventsOf(
    await handler(new Request("http://localhost/live?page=queue&name=mails")),
  );
  await events.next();
  await events.next();
  await redis.command("SHUTDOWN", "NOSAVE").catch(() => {}); // its answer is that it is gone
  let told = "";
  await until("the outage is told", async () => {
    const { value } = await events.next();
    told = value?.data ?? "";
    return value?.event === "trouble";
  });
  assert.match(told, /^Redis /);
  await events.return(undefined);
});

Deno.test("a fault of the dashboard ends the stream, and only the log says why", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  let asked = 0;
  const queues = () => {
    if (++asked > 1) throw new Error("the secret of the list");
    return [queue];
  };
  const handler = dashboard(queues, OPEN);
  const log: unknown[] = [];
  await withConsoleError((text) => log.push(text), async () => {
    const response = await handler(new Request("http://localhost/live?page=overview"));
    const events = await Array.fromAsync(eventsOf(response));
    assert.deepEqual(events.map(({ event }) => event), ["hello", "pieces", "trouble"]);
    assert.equal(events.at(-1)!.data, "Failed");
  });
  assert.deepEqual(log, ["The dashboard has failed to renew a page: the secret of the list"]);
});

Deno.test("a stream ends when its queue is closed, and HEAD opens none", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const handler = dashboard([queue], OPEN);
  const url = "http://localhost/live?page=queue&name=mails";
  const head = await handler(new Request(url, { method: "HEAD" }));
  assert.deepEqual([head.status, await head.text()], [204, ""]);
  const events = eventsOf(await handler(new Request(url)));
  await events.next();
  await events.next();
  await queue.close();
  assert.equal((await events.next()).done, true);
});
