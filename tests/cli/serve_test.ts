import assert from "node:assert/strict";
import { type CliOptions, runCli, startCli } from "../helpers/cli.ts";
import { put } from "../helpers/cli_queue.ts";
import { freePort } from "../helpers/free_port.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { textLinesOf } from "../helpers/text_lines.ts";
import { until } from "../helpers/until.ts";

/** A command that serves a dashboard. */
interface Served {
  child: Deno.ChildProcess;
  /** Its address, with a slash at its end. */
  url: string;
}

async function serving(
  redis: TestRedis,
  args: string[],
  options: CliOptions,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  await using child = startCli(
    ["serve", "--port", "0", "--url", redis.url, ...args],
    options,
  );
  const { value: line = "" } = await textLinesOf(child.stdout).next();
  const [, url] = /^The dashboard is at (http:\S+\/) \(Ctrl-C ends it\)$/.exec(line) ??
    assert.fail(`${line}${await new Response(child.stderr).text()}`);
  await use({ child, url: url! });
  child.kill("SIGTERM");
  const [{ code }, stderr] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
  ]);
  assert.deepEqual([code, stderr], [0, ""]);
}

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers });
  await response.body?.cancel();
  return response.status;
}

async function page(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

Deno.test("serve shows all queues of a server", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  await serving(redis, [], {}, async ({ url }) => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.match(await page(url), /queue\?name=test"/);
    assert.match(await page(`${url}metrics`), /^srq_items\{queue="test",state="waiting"\} 1$/m);
    assert.equal(await status(`${url}health`), 200);
    assert.match(await page(`${url}queue?name=other`), /There is no queue &quot;other&quot; here/);
  });
});

Deno.test("serve shows the queues that are named, whether they hold items or not", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  await serving(redis, ["--name", "mails", "--name", "a b"], {}, async ({ url }) => {
    const text = await page(url);
    assert.match(text, /queue\?name=mails"/);
    assert.match(text, /queue\?name=a\+b"/);
    assert.doesNotMatch(text, /queue\?name=test"/);
  });
});

Deno.test("serve ends within a second, though pages are open that renew themselves", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  let stoppedAt = 0;
  await serving(redis, [], {}, async ({ url }) => {
    const streams = await Promise.all(Array.from({ length: 5 }, async () => {
      const { body } = await fetch(`${url}live?page=overview`);
      const reader = body!.getReader();
      await reader.read();
      return reader;
    }));
    // What comes at the end is of no interest: the connection breaks.
    for (const reader of streams) reader.closed.catch(() => {});
    stoppedAt = performance.now();
  });
  assert.ok(performance.now() - stoppedAt < 1_000, `${performance.now() - stoppedAt} ms`);
});

Deno.test("serve answers on loopback only who asks for loopback", async () => {
  await using redis = await startRedis();
  await serving(redis, [], {}, async ({ url }) => {
    const { port } = new URL(url);
    // fetch sets the header Host by itself.
    const ask = async (host: string) => {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      const text = await new Response(connection.readable).text();
      return text.slice(9, 12);
    };
    for (const host of ["127.0.0.1", `localhost:${port}`, "[::1]:9000", "127.8.9.1"]) {
      assert.equal(await ask(host), "200", host);
    }
    for (const host of ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "localhost.evil"]) {
      assert.equal(await ask(host), "403", host);
    }
  });
});

Deno.test("serve needs a password where others can reach it", async () => {
  await using redis = await startRedis();
  const { code, stdout, stderr } = await runCli(
    ["serve", "--hostname", "0.0.0.0", "--port", "0", "--url", redis.url],
  );
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^At 0\.0\.0\.0 others .* in the environment variable SRQ_DASHBOARD_PASSWORD/,
  );

  const env = { SRQ_DASHBOARD_PASSWORD: "open sesame" };
  const known = { Authorization: `Basic ${btoa("ada:open sesame")}` };
  for (const hostname of ["0.0.0.0", "127.0.0.1"]) {
    await serving(redis, ["--hostname", hostname], { env }, async ({ url }) => {
      const local = url.replace("0.0.0.0", "127.0.0.1");
      for (const path of ["", "metrics", "health", "live"]) {
        assert.equal(await status(`${local}${path}`), 401, path);
      }
      assert.equal(await status(local, known), 200);
      assert.equal(await status(local, { Authorization: `Basic ${btoa("ada:wrong")}` }), 401);
    });
  }
});

Deno.test("serve --read-only changes nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  await queue.put("item");
  for (const [args, expected] of [[["--read-only"], 403], [[], 200]] as const) {
    await serving(redis, [...args], {}, async ({ url }) => {
      const response = await fetch(`${url}queue?name=test`, {
        method: "POST",
        body: "action=pause",
        headers: { "Sec-Fetch-Site": "same-origin" },
      });
      await response.body?.cancel();
      assert.equal(response.status, expected);
    });
  }
  assert.equal((await queue.stats()).paused, true);
});

Deno.test("serve puts what is typed in as it is", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  await serving(redis, ["--name", "test"], {}, async ({ url }) => {
    const fields = new URLSearchParams({ action: "put", payload: "Grüße\r\n2" });
    const headers = { Origin: new URL(url).origin };
    const response = await fetch(`${url}queue?name=test`, {
      method: "POST",
      body: fields,
      headers,
    });
    await response.body?.cancel();
    assert.equal(response.status, 200);
  });
  assert.deepEqual((await queue.peek()).map(({ payload }) => payload), ["Grüße\n2"]);
});

Deno.test("serve tells what is wrong with its command line, its port and Redis", async () => {
  await using redis = await startRedis();
  const failure = async (...args: string[]) => {
    const { code, stderr } = await runCli(["serve", ...args]);
    return `${code}: ${stderr.split("\n")[0]}`;
  };
  const url = ["--url", redis.url];
  assert.match(
    await failure(...url, "--port", "70000"),
    /^2: The option --port is "70000": expected/,
  );
  assert.match(
    await failure(...url, "--name", "a", "--all"),
    /^2: Both --name and --all are given/,
  );
  assert.match(await failure(...url, "--name", ""), /^2: The option --name needs a value/);
  const taken = String(redis.port);
  assert.match(
    await failure(...url, "--port", taken),
    /^1: Cannot listen at 127\.0\.0\.1, port \d+: .*; choose another --port or --hostname/,
  );
  const nowhere = `redis://ada:secret@127.0.0.1:${freePort()}`;
  const away = await failure("--url", nowhere);
  assert.match(away, /^1: .*start Redis there/);
  assert.doesNotMatch(away, /secret/);
});

Deno.test("the demo of the dashboard shows queues under traffic, and ends", async () => {
  await using redis = await startRedis();
  await using child = startCli(["demo", "--dashboard", "--url", redis.url, "--name", "demo"]);
  const { value: line = "" } = await textLinesOf(child.stdout).next();
  const [, url] = /^The dashboard is at (http:\S+\/)/.exec(line) ?? assert.fail(line);
  await until("mails are done", async () => {
    return /^srq_acked_total\{queue="demo-mails"\} [1-9]/m.test(await page(`${url}metrics`));
  });
  child.kill("SIGINT");
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await redis.keys(), []);
});
