import assert from "node:assert/strict";
import { json, SafeRedisQueue, type SafeRedisQueueOptions } from "../../mod.ts";
import { resolveOptions } from "../../src/options.ts";

/** Wrong values of each option. */
const wrong: Record<keyof SafeRedisQueueOptions, unknown[]> = {
  url: [1, null, {}, new URL("redis://:secret@localhost"), ["redis://:secret@localhost"]],
  hostname: [1, null, {}],
  port: [0, -1, 65_536, 1.5, NaN, Infinity, "", "x", " 6379", "1e3", null, {}, true],
  db: [-1, 1.5, NaN, "0", null],
  username: [1, null],
  password: [11235813, null, { secret: 1 }, ["secret"]],
  tls: [1, "true", null],
  caCerts: ["-----BEGIN CERTIFICATE-----", [1], null, {}],
  noDelay: [1, null],
  maxRetryCount: [-1, 1.5, "3", Infinity],
  backoff: [100, null, {}],
  healthCheckInterval: [0, -1, NaN, "5", Infinity, 2 ** 31],
  signal: [AbortSignal.abort(), null],
  cluster: [
    [],
    {},
    { nodes: [] },
    { nodes: ["localhost"] },
    { nodes: [{ hostname: "localhost", prot: 1 }] },
    { nodes: [{ hostname: "localhost", port: 0 }] },
    null,
  ],
  sentinel: [
    [],
    { name: "mymaster", nodes: [] },
    { nodes: [{ hostname: "localhost" }] },
    { name: 1, password: "secret", nodes: [{ hostname: "localhost" }] },
    { name: "mymaster", password: ["secret"], nodes: [{ hostname: "localhost" }] },
  ],
  name: [1, null, {}, "\ud800", Symbol("x")],
  instance: ["", 1, null, "a\nb", "\x7f", "\ud800", "x".repeat(201)],
  lease: [0, -1, NaN, Infinity, 1e300, 315_576_001, "60", null, 5n],
  autocleanInterval: [0, -1, NaN, Infinity, 1e300, 315_576_001, "60", false],
  idleInterval: [0, 0.9, -1, NaN, Infinity, 3601, "10", null],
  serializer: ["json", {}, { dumps: () => "" }, { dumps: 1, loads: 2 }, null, { stringify() {} }],
  commandTimeout: [0, -1, NaN, Infinity, "10"],
  maxAttempts: [0, -1, 1.5, NaN, Infinity, "5", null],
  onDead: ["stop", true, null],
  deadLetters: [1, null, [], { maxCount: 1.5 }, { maxCount: "1" }, { maxAge: -1 }, { maxAge: NaN }],
  replicas: [1, {}, { count: 0 }, { count: 1.5 }, { count: 1, timeout: 0 }, {
    count: 1,
    timeout: 1e300,
  }, null],
  onError: ["log", null],
  telemetry: [{}, null, () => {}, { forQueue: 1 }],
  connect: [{}, null],
};

const secret = new Set(["url", "password", "sentinel"]);

for (const [option, values] of Object.entries(wrong)) {
  for (const value of values) {
    Deno.test(`the option ${option} refuses ${Deno.inspect(value)}`, () => {
      const options = { [option]: value } as SafeRedisQueueOptions;
      assert.throws(() => new SafeRedisQueue(options), (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, RegExp(`The option ${option} is .*expected`, "s"));
        if (secret.has(option)) {
          assert.doesNotMatch(error.message, /secret|11235813/);
        } else {
          assert.ok(error.message.includes(Deno.inspect(value, { depth: 1 })), error.message);
        }
        return true;
      });
    });
  }
}

for (
  const [option, value, known] of [
    ["cluster", { nodes: [{ hostname: "localhost" }], node: "secret" }, "nodes"],
    ["sentinel", { name: "m", nodes: [], pasword: "secret" }, "name, nodes, username, password"],
    ["deadLetters", { maxcount: "secret" }, "maxCount, maxAge"],
    ["replicas", { count: 1, timeOut: "secret" }, "count, timeout"],
  ] as const
) {
  const unknown = Object.keys(value).at(-1);
  Deno.test(`the unknown option ${option}.${unknown} is refused by its name`, () => {
    const options = { [option]: value } as unknown as SafeRedisQueueOptions;
    assert.throws(() => new SafeRedisQueue(options), {
      name: "TypeError",
      message: `Unknown option ${option}.${unknown}: expected one of ${known}`,
    });
  });
}

for (const [options, type] of [[null, "null"], [["redis://:secret@localhost"], "Array"]]) {
  Deno.test(`options of type ${type} are refused, and not shown`, () => {
    assert.throws(() => new SafeRedisQueue(options as unknown as SafeRedisQueueOptions), {
      name: "TypeError",
      message: `The options are of type ${type}: expected an object`,
    });
  });
}

for (const option of ["prot", "timeout", "toString", "constructor", "path"]) {
  Deno.test(`the unknown option ${option} is refused by its name, without its value`, () => {
    const options = { [option]: "secret" } as SafeRedisQueueOptions;
    assert.throws(() => new SafeRedisQueue(options), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, RegExp(`Unknown option ${option}: expected one of .*hostname`));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

for (const options of ["redis://:secret@localhost", 7, null, ["redis://:secret@localhost"]]) {
  Deno.test(`options that are ${Deno.inspect(options)} are refused, without a password`, () => {
    assert.throws(() => new SafeRedisQueue(options as SafeRedisQueueOptions), (error) => {
      assert.ok(error instanceof TypeError);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

Deno.test("every option takes its right values, and undefined for its default", async () => {
  const right: Partial<Record<keyof SafeRedisQueueOptions, unknown[]>> = {
    url: ["redis://localhost"],
    hostname: ["localhost", "::1"],
    port: [1, 65_535, "6379"],
    db: [0, 15],
    lease: [0.5, 3600, 315_576_000],
    autocleanInterval: [0.5, 3600, 315_576_000, null],
    serializer: [json, JSON, { dumps: String, loads: String }],
    commandTimeout: [0.1, null],
    onDead: ["hold", "continue"],
    telemetry: [{ forQueue: () => ({}) }],
    name: ["", "with : colon", "😀"],
    instance: ["x", "mailer 3", "😀".repeat(200)],
  };
  for (const option of Object.keys(wrong) as (keyof SafeRedisQueueOptions)[]) {
    for (const value of [...right[option] ?? [], undefined]) {
      await new SafeRedisQueue({ [option]: value } as SafeRedisQueueOptions).close();
    }
  }
});

Deno.test("the defaults are those of the Python library", () => {
  const { name, keys, lease, cleans, address } = resolveOptions({});
  assert.deepEqual({ name, keys, lease, cleans, address }, {
    name: "0",
    keys: {
      items: "srq:0:items",
      queue: "srq:0:queue",
      ackbuf: "srq:0:ackbuf",
      aging: "srq:0:ackbuf_aging",
      short: "srq:0:short",
      popped: "srq:0:popped",
      claims: "srq:0:claims",
      named: "srq:0:named",
      attempts: "srq:0:attempts",
      errors: "srq:0:errors",
      headers: "srq:0:headers",
      delayed: "srq:0:delayed",
      dead: "srq:0:dead",
      orderkeys: "srq:0:orderkeys",
      heads: "srq:0:heads",
      parked: "srq:0:parked",
      held: "srq:0:held",
      stats: "srq:0:stats",
      paused: "srq:0:paused",
      doorbell: "srq:0:doorbell",
      consumers: "srq:0:consumers",
      notes: "srq:0:consumer_notes",
    },
    lease: 60,
    cleans: true,
    address: "127.0.0.1:6379",
  });
});

Deno.test("autocleanInterval is another name of lease, and with null nothing is cleaned", () => {
  const outcomes: [SafeRedisQueueOptions, number, boolean][] = [
    [{ lease: 5 }, 5, true],
    [{ autocleanInterval: 5 }, 5, true],
    [{ lease: 5, autocleanInterval: 5 }, 5, true],
    [{ lease: undefined, autocleanInterval: 5 }, 5, true],
    [{ lease: 5, autocleanInterval: null }, 5, false],
    [{ autocleanInterval: null }, 60, false],
  ];
  for (const [options, ...expected] of outcomes) {
    const { lease, cleans } = resolveOptions(options);
    assert.deepEqual([lease, cleans], expected);
  }
  assert.throws(() => new SafeRedisQueue({ lease: 5, autocleanInterval: 6 }), {
    name: "TypeError",
    message:
      "The options lease and autocleanInterval are 5 and 6: both name the same, give one of them",
  });
});

Deno.test("the address, for error texts, never has the password", () => {
  const addresses = [
    { hostname: "localhost", port: 7, password: "secret" },
    { url: "redis://me:secret@localhost:7" },
    { url: "redis://me:secret@[::1]" },
    { url: "unix://:secret@/run/redis.sock" },
  ].map((options) => resolveOptions(options).address);
  assert.deepEqual(addresses, ["localhost:7", "localhost:7", "[::1]:6379", "/run/redis.sock"]);
});

Deno.test("a port in the URL is checked as the option is", () => {
  for (const port of [0, 65_536]) {
    const url = `redis://:secret@localhost:${port}`;
    assert.throws(() => new SafeRedisQueue({ url }), /port is .*from 1 to 65535/);
  }
});

Deno.test("in a cluster the queue's name needs a hash tag", () => {
  const cluster = { nodes: [{ hostname: "localhost" }] };
  for (const name of ["orders", "{}", "}{", "{orders", "{}{orders}"]) {
    assert.throws(() => new SafeRedisQueue({ cluster, name }), /option name .*hash tag/);
  }
  new SafeRedisQueue({ cluster, name: "{orders}" });
});
