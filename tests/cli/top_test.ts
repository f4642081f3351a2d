import assert from "node:assert/strict";
import type { SafeRedisQueue } from "../../mod.ts";
import {
  cliWords,
  HAS_TERMINALS,
  runCli,
  startCli,
  startOnTerminal,
  startShell,
} from "../helpers/cli.ts";
import { freePort } from "../helpers/free_port.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { SECRET } from "../helpers/rejection.ts";
import { textLinesOf } from "../helpers/text_lines.ts";
import { until } from "../helpers/until.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** Two queues: what waits in one is consumed by nobody, and the other is paused. */
async function fill(redis: TestRedis): Promise<void> {
  await using mails = redis.queue({ name: "mails", autocleanInterval: null });
  await mails.putMany(["first item", "second item", "third item"]);
  await mails.put("later", { delay: 60 });
  await using orders = redis.queue({ name: "orders", autocleanInterval: null });
  await orders.pause();
}

/** `top` on a terminal of its own. */
class TopOnTerminal implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** All that it has written. */
  shown = "";
  readonly reading: Promise<void>;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;

  constructor(redis: { url: string }, ...args: string[]) {
    const child = startOnTerminal(["top", "--url", redis.url, "--interval", "0.2", ...args]);
    this.child = child;
    this.#keyboard = child.stdin.getWriter();
    this.reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        this.shown += text;
      }
    })();
  }

  /** What the last whole frame shows. */
  get frame(): string {
    return this.shown.split("\x1b[J").at(-2)?.split("\x1b[H").at(-1) ?? "";
  }

  async press(keys: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(keys));
  }

  async frameWith(text: RegExp): Promise<string> {
    await until(`${text} is shown`, () => text.test(this.frame));
    return this.frame;
  }

  /** Resolves to the exit code. The terminal must be as it was. */
  async left(): Promise<number> {
    await this.reading;
    const { code } = await this.child.status;
    assert.equal(this.shown.split(ENTER).length, 2);
    assert.equal(this.shown.split(LEAVE).length, 2);
    const rest = this.shown.slice(this.shown.indexOf(LEAVE) + LEAVE.length);
    assert(!rest.includes("\x1b[H"), "a frame came behind the end");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.reading;
    await this.#keyboard.close().catch(() => {});
    await this.child.stderr.cancel();
    await this.child.status;
  }
}

Deno.test("top --count prints values of all queues, or of those that are named", async () => {
  await using redis = await startRedis();
  await fill(redis);
  const line = (name: string) => new RegExp(`^${name}\t`, "m");
  const { code, stdout, stderr } = await runCli(["top", "--count", "1", "--url", redis.url]);
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.split("\t"));
  assert.deepEqual(lines.map((cells) => cells.map((cell) => /^\d+\.\d$/.test(cell) ? "S" : cell)), [
    ["mails", "3", "0", "1", "0", "-", "-", "-", "S", "0", "nobody consumes"],
    ["orders", "0", "0", "0", "0", "-", "-", "-", "-", "0", "paused"],
    [""],
  ]);
  const named = await runCli(["top", "orders", "none", "--count", "1", "--url", redis.url]);
  assert(line("orders").test(named.stdout) && line("none").test(named.stdout));
  assert(!line("mails").test(named.stdout));
});

Deno.test("top counts again and again, with rates, and its tables are apart", async () => {
  await using redis = await startRedis();
  await fill(redis);
  await using queue = redis.queue({ name: "mails", autocleanInterval: null });
  await using child = startCli(["top", "mails", "--interval", "0.2", "--url", redis.url]);
  const lines: string[] = [];
  for await (const line of textLinesOf(child.stdout)) {
    lines.push(line);
    if (lines.length === 1) await queue.putMany(["a", "b"]);
    if (lines.length === 5) child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0);
  assert.equal(lines[1], "");
  assert.equal(lines[3], "");
  const rates = [lines[2], lines[4]].map((line) => Number(line!.split("\t")[5]));
  assert(rates.some((rate) => rate > 0), `${rates}`);
  await child.stderr.cancel();
  await child.stdin.close().catch(() => {});
});

Deno.test("top --json prints an object a count, also of a queue that can't be counted", async () => {
  await using redis = await startRedis();
  await fill(redis);
  await redis.command("SET", "srq:broken:items", SECRET);
  const { code, stdout } = await runCli([
    ...["top", "--json", "--count", "2", "--interval", "0.1", "--url", redis.url],
  ]);
  assert.equal(code, 0);
  const [first, second] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    first.queues.map(({ name, waiting }: { name: string; waiting?: number }) => [name, waiting]),
    [["broken", undefined], ["mails", 3], ["orders", 0]],
  );
  assert.match(first.queues[0].error, /WRONGTYPE/);
  assert(!stdout.includes(SECRET));
  assert.deepEqual([first.queues[1].rates, second.queues[1].rates.put], [null, 0]);
  assert(new Date(first.time) < new Date(second.time));
});

Deno.test("a queue that comes is seen, and one that goes is not", async () => {
  await using redis = await startRedis();
  await fill(redis);
  await using child = startCli(["top", "--json", "--interval", "0.2", "--url", redis.url]);
  let made: SafeRedisQueue | undefined;
  const seen: string[] = [];
  for await (const line of textLinesOf(child.stdout)) {
    const names = JSON.parse(line).queues.map(({ name }: { name: string }) => name).join();
    if (names !== seen.at(-1)) seen.push(names);
    if (made === undefined) {
      made = redis.queue({ name: "new", autocleanInterval: null });
      await made.put("item");
      await redis.command("DEL", "srq:orders:paused");
    }
    if (seen.length === 2) child.kill("SIGINT");
  }
  await made?.close();
  assert.deepEqual(seen, ["mails,orders", "mails,new"]);
  await child.stderr.cancel();
  await child.stdin.close().catch(() => {});
});

Deno.test("top says what is wrong: no Redis, no SCAN, wrong usage", async () => {
  const url = `redis://127.0.0.1:${freePort()}`;
  const away = await runCli(["top", "--url", url]);
  assert.equal(away.code, 1);
  assert.match(away.stderr, /Cannot connect: .* start Redis there, or give its address/);
  await using redis = await startRedis();
  await redis.command("ACL", "SETUSER", "limited", "on", `>${SECRET}`, "~*", "+@all", "-scan");
  const limited = `redis://limited:${SECRET}@127.0.0.1:${redis.port}`;
  const refused = await runCli(["top", "--count", "1", "--url", limited]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Cannot look for queues: .*NOPERM/);
  assert(!refused.stderr.includes(SECRET));
  const named = await runCli(["top", "mails", "--count", "1", "--url", limited]);
  assert.equal(named.code, 0);
  for (const words of [["--interval", "0"], ["--count", "0"], ["--name", "x"]]) {
    assert.equal((await runCli(["top", ...words])).code, 2);
  }
});

Deno.test({
  name: "top on a terminal: select, look into, pause, resume, leave",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using redis = await startRedis();
    await fill(redis);
    await using queue = redis.queue({ name: "mails", autocleanInterval: null });
    await using top = new TopOnTerminal(redis);
    await top.frameWith(/^127\.0\.0\.1:\d+ {2}2 queues/);
    await top.frameWith(/\n> mails .*nobody/);
    await top.press("j");
    await top.frameWith(/\n> orders .*paused/);
    await top.press("\x1b[A");
    await top.frameWith(/\n> mails/);
    await top.press("p");
    await top.frameWith(/"mails" is paused/);
    assert.equal((await queue.stats()).paused, true);
    await top.press("p");
    await top.frameWith(/"mails" was paused before/);
    await top.press("r");
    await top.frameWith(/"mails" goes on/);
    assert.equal((await queue.stats()).paused, false);
    await top.press("\r");
    const inside = await top.frameWith(/first item[^]*second item[^]*third item/);
    assert.match(inside, /Nobody consumes/);
    await top.press("\x1b");
    await top.frameWith(/2 queues/);
    await top.press("q");
    assert.equal(await top.left(), 0);
  },
});

for (
  const [how, end, code] of [
    ["Ctrl-C", (top: TopOnTerminal) => top.press("\x03"), 0],
    ["SIGTERM", (top: TopOnTerminal) => kill(top, "SIGTERM"), 0],
    ["SIGINT", (top: TopOnTerminal) => kill(top, "SIGINT"), 0],
  ] as const
) {
  Deno.test({
    name: `top leaves the terminal as it was after ${how}`,
    ignore: !HAS_TERMINALS,
    async fn() {
      await using redis = await startRedis();
      await fill(redis);
      await using top = new TopOnTerminal(redis);
      await top.frameWith(/mails/);
      await end(top);
      assert.equal(await top.left(), code);
    },
  });
}

/** Signals the program on the terminal: the child of `script`. */
async function kill({ child }: TopOnTerminal, signal: Deno.Signal): Promise<void> {
  const { stdout } = await new Deno.Command("pgrep", { args: ["-P", String(child.pid)] }).output();
  Deno.kill(Number(new TextDecoder().decode(stdout).trim()), signal);
}

for (const how of ["throws", "rejects", "exits"]) {
  Deno.test({
    name: `the terminal is as it was after a program that ${how} while it has the screen`,
    ignore: !HAS_TERMINALS,
    async fn() {
      const before = await modesAfter(["true"]);
      assert.match(before, /[^-]icanon/);
      const module = "tests/programs/fails_on_screen.ts";
      const after = await modesAfter(cliWords([how], { module }));
      assert.equal(after.split("MODES")[1], before.split("MODES")[1]);
      assert.equal(after.split(LEAVE).length, 2);
    },
  });
}

/** What a program on a terminal shows, and the modes of the terminal after it. */
async function modesAfter(words: string[]): Promise<string> {
  const child = startShell(
    `exec script -qec '"${words.join('" "')}"; echo MODES; stty -a' /dev/null`,
  );
  const text = await new Response(child.stdout).text();
  await Promise.all([child.status, child.stderr.cancel(), child.stdin.close().catch(() => {})]);
  return text;
}

Deno.test({
  name: "top says that Redis is away, and goes on when it is back",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using server = await RedisProcess.start();
    await using top = new TopOnTerminal({ url: `redis://127.0.0.1:${server.port}` });
    await top.frameWith(/No queues/);
    server.suspend();
    await top.frameWith(/did not answer|cannot be reached/);
    server.resume();
    await top.frameWith(/q quit/);
    await top.press("q");
    assert.equal(await top.left(), 0);
  },
});
