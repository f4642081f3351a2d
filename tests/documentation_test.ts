import assert from "node:assert/strict";
import { COMMANDS } from "../src/cli/commands.ts";
import { ended } from "./helpers/cli.ts";
import { startText, testDocstrings, testText } from "./helpers/documented_code.ts";
import { freePort } from "./helpers/free_port.ts";
import { PAGES } from "./helpers/pages.ts";
import { startRedis } from "./helpers/redis.ts";
import { until } from "./helpers/until.ts";

const PROJECT = new URL("../", import.meta.url);

/** A program in a page, between fences of `ts`. Those of `ts ignore` are of other libraries. */
interface Program {
  /** Page and number of its first line. */
  where: string;
  text: string;
}

async function programsOf(page: string): Promise<Program[]> {
  const text = await Deno.readTextFile(new URL(page, PROJECT));
  return Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), (match) => ({
    where: `${page}:${text.slice(0, match.index).split("\n").length + 1}`,
    text: match[1]!,
  }));
}

/** What waits, by the queue's name, for the programs that work. */
const WAITING: Record<string, string[]> = {
  greetings: ["Hello World", "Good morning"],
  mails: ['{"to":"ada@example.org","subject":"Hello"}', '{"to":"bob@example.org","subject":"Hi"}'],
};

/** Such programs work for ever: it is a signal that ends them. */
const WORKS_ON = /\.consume\(|for await|while \(/;

for (const page of PAGES) {
  for (const { where, text } of await programsOf(page)) {
    if (text.includes("Deno.test(")) {
      Deno.test(`the tests at ${where} pass`, async () => {
        await using redis = await startRedis();
        const { code, stdout, stderr } = await testText(text, redis);
        assert.equal(code, 0, stdout + stderr);
        const tests = text.match(/^Deno\.test\(/gm)?.length;
        assert.match(stdout, new RegExp(`^ok \\| ${tests} passed `, "m"));
        assert.deepEqual(await redis.keys(), []);
      });
      continue;
    }

    if (text.includes("dashboard(")) {
      Deno.test(`the dashboard at ${where} is served, to those who know the password`, async () => {
        await using redis = await startRedis();
        const address = `127.0.0.1:${freePort()}`;
        const env = { DENO_SERVE_ADDRESS: `tcp:${address}`, DASHBOARD_PASSWORD: "open sesame" };
        await using program = startText(text, redis, env);
        const outcome = ended(program);
        const status = (headers: Record<string, string> = {}) =>
          fetch(`http://${address}/`, { headers }).then(async (response) => {
            await response.body?.cancel();
            return response.status;
          }, () => undefined);
        await until("it answers", async () => await status() !== undefined);
        assert.equal(await status(), 401);
        const known = { Authorization: `Basic ${btoa(`ada:${env.DASHBOARD_PASSWORD}`)}` };
        assert.equal(await status(known), 200);
        program.kill("SIGKILL");
        await outcome;
      });
      continue;
    }

    if (text.includes("Deno.serve(")) {
      Deno.test(`the server at ${where} enqueues what is posted to it`, async () => {
        await using redis = await startRedis();
        const PORT = String(freePort());
        await using program = startText(text, redis, { PORT });
        const outcome = ended(program);
        const post = (uid: string) =>
          fetch(`http://localhost:${PORT}`, {
            method: "POST",
            headers: { "Idempotency-Key": uid },
            body: JSON.stringify({ to: "ada@example.org", subject: "Hello" }),
          }).then(async (response) => [response.status, await response.json()]);
        await until("it answers", () => post("first").then(() => true, () => false));
        assert.deepEqual(await post("first"), [202, { uid: "first" }]);
        assert.deepEqual(await post("second"), [202, { uid: "second" }]);
        await using queue = redis.queue({ name: "mails" });
        assert.deepEqual((await queue.peek(10)).map(({ uid }) => uid), ["first", "second"]);
        await queue.close();
        await redis.command("SHUTDOWN", "NOSAVE").catch(() => {}); // its answer is that it is gone
        assert.deepEqual(await post("third"), [503, { uid: "third" }]);
        program.kill("SIGTERM");
        const { code, stderr } = await outcome;
        assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      });
      continue;
    }

    Deno.test(`the program at ${where} runs, and prints what it says`, async () => {
      await using redis = await startRedis();
      const [, name = ""] = /name: "(\w+)"/.exec(text) ?? [];
      const isWorker = /\.(consume|drain|get)\(|for await/.test(text) && !text.includes(".put(");
      const waiting = isWorker ? WAITING[name] ?? [] : [];
      await using queue = redis.queue({ name });
      await queue.putMany(waiting);

      await using program = startText(text, redis);
      const outcome = ended(program);
      if (WORKS_ON.test(text)) {
        const all = Math.max(waiting.length, 1);
        await until("its items are done", async () => {
          return (await queue.stats()).totals.acked === all;
        });
        program.kill("SIGTERM"); // Ctrl-C is tried with the examples
      }
      const { code, stdout, stderr } = await outcome;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });

      const said = Array.from(
        text.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm),
        ([, line]) => line,
      );
      const printed = stdout.trimEnd().split("\n");
      assert.deepEqual(said.filter((line) => !printed.includes(line!)), [], stdout);
    });
  }
}

/** Calls of the command line in a page: the command, and what follows it up to a pipe, a comment or the like. */
const CALLS = /\b(?:srq|jsr:@saferedisqueue\/saferedisqueue) ([a-z]+)(?!:)\b([^|#<)`\n]*)/g;

Deno.test("the command lines in the pages are such that the program takes", async () => {
  const unknown: string[] = [];
  let calls = 0;
  for (const page of PAGES) {
    const text = await Deno.readTextFile(new URL(page, PROJECT));
    for (const [call, name = "", rest = ""] of text.matchAll(CALLS)) {
      calls++;
      const options = COMMANDS.get(name)?.options;
      const [own = ""] = rest.split(" -- ");
      const given = Array.from(own.matchAll(/ --([a-z-]+)/g), ([, option]) => option!);
      if (!options || given.some((option) => !Object.hasOwn(options, option))) unknown.push(call);
    }
  }
  assert.deepEqual(unknown, []);
  assert.ok(calls > 20);
});

Deno.test("the examples in the docstrings run", async () => {
  await using redis = await startRedis();
  const modules = ["mod.ts", "dashboard.ts", "otel.ts"];
  for (const folder of ["src", "src/worker", "src/connection", "src/dashboard", "src/otel"]) {
    for await (const { name, isFile } of Deno.readDir(new URL(folder, PROJECT))) {
      if (isFile) modules.push(`${folder}/${name}`);
    }
  }
  let examples = 0;
  for (const module of modules) {
    const text = await Deno.readTextFile(new URL(module, PROJECT));
    examples += text.match(/^ *\* ```ts$/gm)?.length ?? 0;
  }
  const { code, stdout, stderr } = await testDocstrings(modules, redis);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`^ok \\| ${examples} passed `, "m"));
});
