import assert from "node:assert/strict";
import { openTelemetry, type OpenTelemetryOptions } from "../../otel.ts";
import { denoRun, PACKAGES } from "../helpers/deno_run.ts";
import { OtlpReceiver, type ReceivedSpan } from "../helpers/otlp_receiver.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const CLIENT = 3, PRODUCER = 4, CONSUMER = 5;
const ERROR = 2;
const PROJECT = new URL("../../", import.meta.url);
const OWN_TRACE = "0af7651916cd43dd8448eb211c80319c";

/** Runs a program of the tests that exports to `receiver`. Resolves to what it printed. */
async function traced(
  receiver: OtlpReceiver,
  redis: TestRedis,
  program: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoRun("-A", `tests/programs/${program}.ts`, redis.url, ...args),
    cwd: PROJECT,
    env: { ...receiver.environment(program), ...env },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function worker(receiver: OtlpReceiver, redis: TestRedis, options: OpenTelemetryOptions = {}) {
  const args = [`${receiver.url}/target`, JSON.stringify(options)];
  return traced(receiver, redis, "traced_worker", args);
}

/** The only span of this name that is about the item `uid`. */
function about(receiver: OtlpReceiver, name: string, uid: string): ReceivedSpan {
  const spans = receiver.named(name).filter(({ attributes }) =>
    attributes["messaging.message.id"] === uid
  );
  assert.equal(spans.length, 1, `${name} ${uid}`);
  return spans[0]!;
}

function idsOf({ traceId, spanId }: { traceId: string; spanId: string }) {
  return { traceId, spanId };
}

Deno.test("spans, links and metrics of puts and handlers follow the conventions of messaging", async () => {
  await using receiver = new OtlpReceiver();
  await using redis = await startRedis();
  const printed = await traced(receiver, redis, "traced_producer");
  await worker(receiver, redis);
  const shared = {
    "messaging.system": "saferedisqueue",
    "messaging.destination.name": "traced",
    "server.address": "127.0.0.1",
    "server.port": redis.port,
  };

  for (const uid of ["fetched", "thrown", "failed"]) {
    const sent = about(receiver, "send traced", uid);
    assert.equal(sent.kind, PRODUCER);
    assert.equal(sent.parentSpanId, "");
    assert.equal(sent.scope, "@saferedisqueue/saferedisqueue");
    assert.deepEqual(sent.attributes, {
      ...shared,
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.message.id": uid,
    });
    const processed = about(receiver, "process traced", uid);
    assert.equal(processed.kind, CONSUMER);
    assert.equal(processed.parentSpanId, "");
    assert.notEqual(processed.traceId, sent.traceId);
    assert.deepEqual(processed.links.map(idsOf), [idsOf(sent)]);
    const { "error.type": _, ...attributes } = processed.attributes;
    assert.deepEqual(attributes, {
      ...shared,
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.message.id": uid,
      "messaging.saferedisqueue.attempt": 1,
    });
  }

  const [batch] = receiver.named("send traced").filter(({ service, attributes }) =>
    service === "traced_producer" && "messaging.batch.message_count" in attributes
  );
  assert.equal(batch!.attributes["messaging.batch.message_count"], 2);
  assert.ok(!("messaging.message.id" in batch!.attributes));
  const ofBatch = receiver.named("process traced").filter(({ links }) =>
    links[0]?.spanId === batch!.spanId
  );
  assert.equal(ofBatch.length, 2);

  // A context of the caller stays as it is: both link to it.
  const headers = JSON.parse(printed).map((item: { headers: Record<string, string> }) => [
    Object.keys(item.headers).toSorted(), // Deno runs its propagators in any order
    item.headers.baggage,
  ]);
  const sentAlong = [["baggage", "traceparent"], "user=ada"];
  assert.deepEqual(headers, [
    ...[sentAlong, [["baggage", "tenant", "traceparent"], "user=ada"], sentAlong],
    ...[[["traceparent"], undefined], sentAlong, sentAlong],
  ]);
  for (const name of ["send traced", "process traced"]) {
    const link = { traceId: OWN_TRACE, spanId: "b7ad6b7169203331" };
    assert.deepEqual(about(receiver, name, "own").links.map(idsOf), [link]);
  }

  const thrown = about(receiver, "process traced", "thrown");
  assert.equal(thrown.attributes["error.type"], "TypeError");
  assert.deepEqual(thrown.status, { code: ERROR, message: "thrown by the handler" });
  assert.deepEqual(thrown.events.map(({ name }) => name), ["exception"]);
  const failed = about(receiver, "process traced", "failed");
  assert.deepEqual([failed.attributes["error.type"], failed.status.code], ["dead", ERROR]);
  const [lost] = receiver.named("send nowhere");
  assert.equal(lost!.attributes["error.type"], "RedisUnavailableError");

  // What a handler does is a child of its span.
  const fetched = about(receiver, "process traced", "fetched");
  const [request] = receiver.named("GET").filter(({ kind }) => kind === CLIENT);
  assert.deepEqual([request!.traceId, request!.parentSpanId], [fetched.traceId, fetched.spanId]);
  const traceparent = `00-${fetched.traceId}-${request!.spanId}-01`;
  assert.deepEqual(receiver.targeted, [[traceparent, "user=ada"]]);

  // Those of the producer, which has asked for them.
  assert.deepEqual(receiver.spans.filter(({ name }) => /^(ack|fail) /.test(name)), []);

  const found = (name: string) =>
    receiver.measured(name).map(({ attributes, value, service }) => [
      service.replace("traced_", ""),
      attributes["messaging.destination.name"],
      attributes["messaging.operation.name"],
      attributes["error.type"],
      value,
    ]).toSorted();
  assert.deepEqual(found("messaging.client.sent.messages"), [
    ["producer", "nowhere", "send", "RedisUnavailableError", 1],
    ["producer", "traced", "send", undefined, 6],
    ["worker", "traced", "send", undefined, 2],
  ]);
  assert.deepEqual(found("messaging.client.operation.duration"), [
    ["producer", "nowhere", "send", "RedisUnavailableError", 1],
    ["producer", "traced", "send", undefined, 5],
    ["worker", "traced", "send", undefined, 1],
  ]);
  assert.deepEqual(found("messaging.client.consumed.messages"), [
    ["worker", "traced", "get", undefined, 1],
    ["worker", "traced", "process", undefined, 6],
  ]);
  assert.deepEqual(found("messaging.process.duration"), [
    ["worker", "traced", "process", undefined, 4],
    ["worker", "traced", "process", "TypeError", 1],
    ["worker", "traced", "process", "dead", 1],
  ]);
  const [{ unit, bounds } = assert.fail()] = receiver.measured("messaging.process.duration");
  assert.deepEqual([unit, bounds?.[0], bounds?.at(-1)], ["s", 0.005, 10]);

  const measuredOf = (name: string, queue: string) =>
    receiver.measured(name).filter(({ attributes }) =>
      attributes["messaging.destination.name"] === queue
    );
  const states = measuredOf("saferedisqueue.items", "traced").map(({ attributes, value }) => [
    attributes["saferedisqueue.state"],
    value,
  ]);
  assert.deepEqual(Object.fromEntries(states), {
    ...{ "waiting": 1, "in flight": 1, "delayed": 0, "dead": 2 },
  });
  assert.equal(measuredOf("saferedisqueue.consumers", "other")[0]!.value, 2);
  for (const queue of ["ended", "away"]) {
    assert.deepEqual(measuredOf("saferedisqueue.items", queue), []);
  }
  const [age] = measuredOf("saferedisqueue.oldest.age", "traced");
  assert.ok(age!.value > 0 && age!.value < 60, `${age!.value}`);
});

Deno.test("with parent a handler's span is in the trace of the put, and with settle what Redis is told is traced", async () => {
  await using receiver = new OtlpReceiver();
  await using redis = await startRedis();
  await traced(receiver, redis, "traced_producer");
  await worker(receiver, redis, { parent: true, settle: true });
  for (const uid of ["fetched", "thrown", "failed"]) {
    const sent = about(receiver, "send traced", uid);
    const processed = about(receiver, "process traced", uid);
    assert.deepEqual([processed.traceId, processed.parentSpanId], [sent.traceId, sent.spanId]);
    assert.deepEqual(processed.links, []);
  }
  const sent = about(receiver, "send traced", "failed");
  const failed = about(receiver, "fail traced", "failed");
  assert.equal(failed.kind, CLIENT);
  assert.equal(failed.attributes["messaging.operation.type"], "settle");
  assert.deepEqual(failed.links.map(idsOf), [idsOf(sent)]);
  // The handler itself has called it.
  assert.equal(failed.parentSpanId, about(receiver, "process traced", "failed").spanId);
  const acked = receiver.named("ack traced").reduce(
    (sum, { attributes }) => sum + Number(attributes["messaging.batch.message_count"] ?? 1),
    0,
  );
  assert.equal(acked, 5);
  const durations = receiver.measured("messaging.client.operation.duration")
    .filter(({ service }) => service === "traced_worker")
    .map(({ attributes }) => attributes["messaging.operation.name"]);
  assert.deepEqual(durations.toSorted(), ["ack", "fail", "send"]);
});

Deno.test("a put that is not sampled, or without OpenTelemetry, sends no context along", async () => {
  for (const env of [{ OTEL_TRACES_SAMPLER: "always_off" }, { OTEL_DENO: "false" }]) {
    await using receiver = new OtlpReceiver();
    await using redis = await startRedis();
    const printed = await traced(receiver, redis, "traced_producer", [], env);
    const headers = JSON.parse(printed).map((item: { headers: object }) => item.headers);
    assert.deepEqual(headers, [
      {},
      { tenant: "acme" },
      {},
      { traceparent: `00-${OWN_TRACE}-b7ad6b7169203331-01` },
      {},
      {},
    ]);
    assert.equal(await redis.command("HLEN", "srq:traced:headers"), 2);
    assert.deepEqual(receiver.spans, []);
  }
});

Deno.test("only who imports the entry point otel downloads OpenTelemetry", async () => {
  for (
    const [module, needs] of [["mod.ts", false], ["cli.ts", false], ["otel.ts", true]] as const
  ) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config=deno.json", ...PACKAGES, module],
      cwd: PROJECT,
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(text.includes("redis_queue.ts") || needs);
    assert.equal(text.includes("npm:@opentelemetry/api"), needs, module);
  }
});

Deno.test("openTelemetry refuses options that are unknown or wrong", () => {
  const wrong: [unknown, RegExp][] = [
    [{ parnet: true }, /^Unknown option parnet: expected one of parent, settle$/],
    [{ parent: 1 }, /^The option parent is 1: expected a boolean$/],
    [{ settle: "yes" }, /^The option settle is "yes": expected a boolean$/],
    [null, /^The options are of type null/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => openTelemetry(options as OpenTelemetryOptions), {
      ...{ name: "TypeError", message },
    });
  }
});
