import assert from "node:assert/strict";
import {
  QueueError,
  type RedisConnection,
  RedisReplyError,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
} from "../../mod.ts";
import { runCli } from "../helpers/cli.ts";
import { bulk, FakeRedis } from "../helpers/fake_redis.ts";
import { startRedis } from "../helpers/redis.ts";
import { assertTellsNoSecret, ErrorLog, rejection, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

/** In plain words: no form of it gives it away. */
const PROSE = "turquoise sesame kindly";
const PASSWORDS = [SECRET, PROSE];

/** How a server, or a proxy before it, quotes a command that it refuses. */
const ECHOES: Record<string, Echo> = {
  "Redis 7": ([name, ...args]) =>
    `-ERR unknown command '${name}', with args beginning with: ${
      args.map((a) => `'${a}' `).join("")
    }`,
  "Redis 5": ([name, ...args]) =>
    `-ERR unknown command \`${name}\`, with args beginning with: ${
      args.map((a) => `\`${a}\`, `).join("")
    }`,
  "its words": (words) => `-ERR bad request ${words.join(" ")} was refused`,
  "a list": (words) => `-ERR cannot parse ${JSON.stringify(words)}`,
  "capitals": (words) => `-ERR NO SUCH THING AS ${words.join(" ").toUpperCase()}`,
  "the last word as its code": (words) =>
    `-X${words.at(-1)!.toUpperCase().replaceAll(/\W/g, "")} it is`,
  "the last word as a command": (words) => `-ERR unknown command '${words.at(-1)}'`,
  "a known code": (words) => `-WRONGPASS no user has the password ${words.join(" ")}`,
  "a known answer": (words) =>
    `-NOPERM User ${words.at(-1)!.split(" ")[0]} has no permissions to run the '${
      words.at(-1)!.split(" ").at(-1)
    }' command`,
  "a refusal in a script": (words) =>
    `-ERR Error running script (call to f_${"0".repeat(40)}): @user_script:7: ${words.join(" ")}`,
  "base64": (words) => `-ERR cannot decode ${words.map(base64).join(" ")}`,
  "bytes": (words) => `-ERR invalid line: ${words.map((word) => encoder.encode(word))}`,
  "escapes": (words) =>
    `-ERR cannot parse ${words.map((word) => [...word].join("\\x00")).join(" ")}`,
  "no code": (words) => `-upstream failure ${words.join(" ")}`,
  "HTTP": (words) => `HTTP/1.1 400 Bad Request\r\n\r\n${words.join(" ")}`,
  "the words alone": (words) => words.join(" "),
};

/** Those that are no answer of Redis: calls go on until their time is up. */
const BROKEN = new Set(["no code", "HTTP", "the words alone"]);

/** Long enough for an answer, unless none comes. */
const timeoutFor = (form: string) => BROKEN.has(form) ? 3 : 20;

type Echo = (words: string[]) => string;

/** Tries all of them at the same time: most of it is waiting. */
async function eachEcho(attempt: (form: string, echo: Echo) => Promise<unknown>): Promise<void> {
  await Promise.all(Object.entries(ECHOES).map(([form, echo]) => attempt(form, echo)));
}

const encoder = new TextEncoder();
const base64 = (text: string) => encoder.encode(text).toBase64();

/** Answers as a healthy server would, but quotes the commands that `refuses` names. */
function echoing(echo: Echo, ...refuses: string[]) {
  return (command: string[]): string => {
    const [name = "", first = ""] = command;
    if (refuses.includes(name)) return `${echo(command)}\r\n`;
    if (name === "PING") return "+PONG\r\n";
    if (name === "CLIENT" && first === "ID") return ":1\r\n";
    if (name === "INFO") return bulk("redis_version:7.0.0\r\n");
    return "+OK\r\n";
  };
}

/** Where the queue goes, with the password of the server that quotes it. */
const PATHS: Record<
  string,
  (port: number, path: string, password: string) => SafeRedisQueueOptions
> = {
  "a password": (port, _, password) => ({ port, password }),
  "a user": (port, _, password) => ({ port, username: "bob", password }),
  "a URL": (port, _, password) => ({
    url: `redis://bob:${encodeURIComponent(password)}@127.0.0.1:${port}`,
  }),
  "a unix socket": (_, path, password) => ({ url: `unix://${path}`, username: "bob", password }),
  "Sentinels": (port, _, password) => ({
    sentinel: { name: "main", nodes: [{ hostname: "127.0.0.1", port }], password },
  }),
  "a cluster": (port, _, password) => ({
    name: "{q}",
    cluster: { nodes: [{ hostname: "127.0.0.1", port }] },
    password,
  }),
};

for (const [where, optionsOf] of Object.entries(PATHS)) {
  Deno.test(`a server that quotes a refused password gets it into no error, by ${where}`, async () => {
    await eachEcho((form, echo) =>
      Promise.all(PASSWORDS.map(async (password) => {
        await using server = await EchoServer.start(echoing(echo, "AUTH", "HELLO"));
        const log: unknown[] = [];
        let errors: unknown[];
        do {
          const queue = new SafeRedisQueue({
            ...optionsOf(server.port, server.path, password),
            commandTimeout: 20,
            autocleanInterval: null, // close would wait for its calls as long
            onError: (error) => log.push(error),
          });
          const calls: Promise<unknown>[] = [queue.connect()];
          if (!BROKEN.has(form)) calls.push(queue.put("item"), queue.get(-1), queue.get(1.5));
          errors = await reasonsOf(calls);
          await queue.close();
        } while (!errors.some(isQuick)); // a node of a cluster, or a Sentinel, has one second
        for (const error of [...errors, ...log]) tellsNone(error, form, password);
      }))
    );
  });
}

Deno.test("what Sentinels and nodes of a cluster quote later gets into no error either", async () => {
  const plain = () => ({ password: SECRET });
  const sentinels = (port: number) => PATHS["Sentinels"]!(port, "", SECRET);
  const cluster = (port: number) => PATHS["a cluster"]!(port, "", SECRET);
  const refused: [string, (port: number) => SafeRedisQueueOptions][] = [
    ["SENTINEL", sentinels],
    ["CLUSTER", cluster],
    ["EVAL", cluster],
    ["INFO", plain],
    ["PING", plain],
  ];
  for (const [command, optionsOf] of refused) {
    await eachEcho(async (form, echo) => {
      const answer = echoing((words) => echo([...words, SECRET]), command);
      await using server: FakeRedis = new FakeRedis((words) => {
        const slots = `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk("127.0.0.1")}:${server.port}\r\n`;
        if (words[0] === "CLUSTER" && command !== "CLUSTER") {
          return words[1] === "SLOTS" ? slots : ":1\r\n";
        }
        return answer(words);
      });
      const { port } = server;
      const { onError } = new ErrorLog();
      const queue = new SafeRedisQueue({ ...optionsOf(port), port, onError });
      let error: unknown;
      do {
        error = await queue.connect().catch((error) => error);
      } while (error instanceof QueueError && !isQuick(error)); // a Sentinel has one second
      if (command === "INFO" && !BROKEN.has(form)) assert.equal(error, undefined);
      else tellsNone(error, form, SECRET);
      await queue.close();
    });
  }
});

Deno.test("a Sentinel that names a password as its master gets it into no error", async () => {
  const address = `*2\r\n${bulk(SECRET)}${bulk("6379")}`;
  await using server = new FakeRedis(([name]) => name === "SENTINEL" ? address : "+OK\r\n");
  const nodes = [{ hostname: "127.0.0.1", port: server.port }];
  const sentinel = { name: "main", nodes, password: SECRET };
  await using queue = new SafeRedisQueue({ sentinel, commandTimeout: 0.3 });
  await rejection(queue.connect());
});

for (const secret of [SECRET, PROSE, `${"x".repeat(5_000)} ${PROSE}`, `first\r\n${SECRET}\t`]) {
  const shown = Deno.inspect(secret.slice(-20));
  Deno.test(`a server that quotes a refused script gets ${shown} into no error`, async () => {
    await eachEcho(async (form, echo) => {
      const answer = echoing((words) => echo(words).replaceAll(/[\r\n]/g, " "), "EVALSHA", "EVAL");
      await using server = await EchoServer.start(answer);
      const places: SafeRedisQueueOptions[] = [
        { port: server.port },
        { url: `unix://${server.path}` },
      ];
      await Promise.all(places.map(async (place) => {
        const log: unknown[] = [];
        let errors: unknown[];
        do {
          const queue = new SafeRedisQueue({
            ...place,
            commandTimeout: timeoutFor(form),
            autocleanInterval: 0.5,
            onError: (error) => log.push(error),
          });
          const calls = [
            queue.put(secret),
            queue.putMany([secret, "other", secret]),
            queue.put(secret, { delay: 5 }),
            queue.fail("uid", { error: secret }),
            queue.get(-1),
          ];
          errors = await reasonsOf(calls);
          await queue.close();
        } while (!errors.some(isQuick)); // a busy machine may take longer
        for (const error of [...errors, ...log]) tellsNone(error, form, secret, PROSE);
      }));
    });
  });
}

Deno.test("a client's error that quotes what it sent or read gets none of it into an error", async () => {
  const thrown: [string, () => unknown][] = [
    ["a text", () => `cannot send ${SECRET} ${PROSE}`],
    ["prose", () => new Error(`${PROSE}`)],
    ["a class of Deno's", () => new Deno.errors.InvalidData(`${PROSE} is no reply`)],
    ["bytes", () => new Error(`invalid line: ${encoder.encode(SECRET)}`)],
    ["an object", () => ({ toString: () => SECRET })],
    ["no prototype", () => Object.assign(Object.create(null), { message: SECRET })],
    ["a proxy", () =>
      new Proxy(new Error(), {
        getPrototypeOf() {
          throw new Error(SECRET);
        },
      })],
    ["a class", () => {
      const error = new Error(SECRET);
      Object.defineProperty(error, "constructor", { value: { name: { at: SECRET } } });
      return error;
    }],
    ["a message that is no text", () => Object.assign(new Error(), { message: { at: SECRET } })],
    ["a getter", () =>
      Object.defineProperty(new Error(), "message", {
        get() {
          throw new Error(SECRET);
        },
      })],
    ["causes", () => new AggregateError([new Error(SECRET)], "many", { cause: new Error(SECRET) })],
    ["fields", () => Object.assign(new Error("no"), { command: [SECRET], stack: SECRET })],
    ["its name", () => Object.assign(new Error("no"), { name: SECRET })],
    ["a code", () => Object.assign(new Error("no"), { code: SECRET, syscall: SECRET })],
    ["an answer", () => new Error(`ERR cannot do ${SECRET} nor ${PROSE}`)],
    ["nothing", () => undefined],
    ["one of ours", () => new RedisReplyError(SECRET, { code: "ERR", cause: SECRET })],
    ["itself as cause", () => {
      const error = new Error(SECRET);
      error.cause = error;
      return error;
    }],
  ];
  await Promise.all(thrown.map(async ([form, make]) => {
    for (const isThrown of [false, true]) {
      const connection: RedisConnection = {
        sendCommand(name) {
          if (name === "INFO") return Promise.resolve("redis_version:7.0.0");
          if (isThrown) throw make();
          return Promise.reject(make());
        },
        close() {
          throw new Error(SECRET);
        },
      };
      const log = new ErrorLog();
      const options = { commandTimeout: 0.2, onError: log.onError };
      const queue = new SafeRedisQueue({ ...options, connect: () => connection });
      const calls = [queue.put(`${SECRET} ${PROSE}`), queue.connect(), queue.get(0.2)];
      for (const error of await Promise.all(calls.map(rejection))) tellsNone(error, form, PROSE);
      await queue.close();
      const unopened = new SafeRedisQueue({
        ...options,
        password: `${SECRET} ${PROSE}`,
        connect: () => {
          throw make();
        },
      });
      tellsNone(await rejection(unopened.connect()), form, PROSE);
      await unopened.close();
    }
  }));
});

Deno.test("a user's own client gets no password into an error, though the queue does not know it", async () => {
  for (const [form, echo] of Object.entries(ECHOES)) {
    if (form === "a known answer") continue; // it takes the password for the user
    const queue = new SafeRedisQueue({
      commandTimeout: 0.2,
      connect: () => Promise.reject(new Error(echo(["AUTH", "bob", SECRET]))),
    });
    tellsNone(await rejection(queue.connect()), form, SECRET);
    await queue.close();
  }
});

Deno.test("an item with Redis's own words in it hides no answer on which something depends", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const item = "NOSCRIPT No matching script. Please use EVAL. OOM WRONGTYPE READONLY";
  const uid = await queue.put(item); // the script is loaded after this answer
  assert.deepEqual(await queue.get(), [uid, item]);
});

Deno.test("a Redis without EVALSHA and EVAL is told so, without the items", async () => {
  await using redis = await startRedis([
    ...["--rename-command", "EVALSHA", ""],
    ...["--rename-command", "EVAL", ""],
  ]);
  await using queue = redis.queue({ autocleanInterval: null });
  const calls = [queue.put(SECRET), queue.fail("uid", { error: SECRET })];
  for (const error of await Promise.all(calls.map(rejection))) {
    assert(error instanceof RedisReplyError);
    assert.match(error.message, /answered "ERR unknown command 'EVALSHA'"/);
  }
});

Deno.test("a Redis without AUTH is told so, without the password", async () => {
  await using redis = await startRedis(["--rename-command", "AUTH", ""]);
  await using queue = redis.queue({ username: "bob", password: SECRET, autocleanInterval: null });
  const error = await rejection(queue.connect());
  assert(error instanceof RedisReplyError);
  assert.match(error.message, /answered "ERR unknown command 'AUTH'"/);
  const url = `redis://bob:${SECRET}@127.0.0.1:${redis.port}`;
  const { code, stderr } = await runCli(["stats", "--url", url]);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot connect: .*unknown command 'AUTH'"\n$/);
});

Deno.test("neither the command line nor the default onError prints what a server quotes", async () => {
  for (const form of ["Redis 7", "its words", "HTTP"]) {
    await using server = new FakeRedis(echoing(ECHOES[form]!, "AUTH", "HELLO"));
    const url = `redis://bob:${SECRET}@127.0.0.1:${server.port}`;
    const results = await Promise.all([
      runCli(["producer", "--url", url], { input: "a\n" }),
      runCli(["consumer", "--url", url]),
    ]);
    for (const { code, stdout, stderr } of results) {
      assert.equal(code, 1);
      assert.match(stderr, /^Cannot connect: Redis at /);
      assertTellsNoSecret(stdout + stderr);
    }
  }

  await using server = new FakeRedis(echoing(ECHOES["its words"]!, "EVALSHA", "EVAL"));
  const printed: unknown[][] = [];
  const consoleError = console.error;
  console.error = (...words) => printed.push(words);
  try {
    await using queue = new SafeRedisQueue({ port: server.port, autocleanInterval: 0.1 });
    await rejection(queue.put(SECRET));
    await until("the cleaner was refused", () => printed.length > 0);
  } finally {
    console.error = consoleError;
  }
  for (const words of printed) words.forEach((word) => assertTellsNoSecret(word));
});

/** A fake server on a port, and one on a unix socket. */
class EchoServer implements AsyncDisposable {
  readonly #tcp: FakeRedis;
  readonly #unix: FakeRedis;
  readonly path: string;
  readonly #folder: string;

  private constructor(answer: (command: string[]) => string, folder: string) {
    this.#folder = folder;
    this.path = `${folder}/redis.sock`;
    this.#tcp = new FakeRedis(answer);
    this.#unix = new FakeRedis(answer, this.path);
  }

  static async start(answer: (command: string[]) => string): Promise<EchoServer> {
    return new EchoServer(answer, await Deno.makeTempDir());
  }

  get port(): number {
    return this.#tcp.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tcp[Symbol.asyncDispose]();
    await this.#unix[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A `get` may also end without an item, if nothing has failed by then. */
async function reasonsOf(calls: Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.flatMap((call) => call.status === "rejected" ? [call.reason] : []);
}

/** Whether it is not about time alone, which would say nothing about what was quoted. */
function isQuick(error: unknown): boolean {
  return !/no answer in time/.test(String(error));
}

/** Also not a word of a secret that has several. */
function tellsNone(error: unknown, form: string, ...secrets: string[]): void {
  assert(error instanceof QueueError, `${form}: ${Deno.inspect(error)}`);
  for (const secret of secrets) {
    const words = secret.split(/\s+/).filter((word) => word.length >= 4);
    for (const word of [secret, ...words]) {
      try {
        assertTellsNoSecret(error, word);
      } catch {
        assert.fail(`${form} tells ${word.slice(0, 40)}: ${Deno.inspect(error).slice(0, 600)}`);
      }
    }
  }
}
