import assert from "node:assert/strict";
import { SafeRedisQueue } from "../../../mod.ts";
import { dashboard, type DashboardOptions, password, type Permit } from "../../../dashboard.ts";
import { withConsoleError } from "../../helpers/console_error.ts";
import { startRedis, type TestRedis } from "../../helpers/redis.ts";

const PATHS = ["/", "/queue?name=mails", "/item?name=mails&uid=a", "/consumers", "/live"];
const ALL_PATHS = [...PATHS, "/metrics", "/health", "/nowhere"];
const OPEN = { authorize: () => true };
const SAME = { "sec-fetch-site": "same-origin" };

function get(path: string, init?: RequestInit): Request {
  return new Request(`http://localhost${path}`, init);
}

function post(fields: string, headers: Record<string, string> = SAME): Request {
  return get("/queue?name=mails", { method: "POST", body: fields, headers });
}

async function withQueue(
  options: DashboardOptions,
  use: (
    handler: (request: Request) => Promise<Response>,
    queue: SafeRedisQueue,
    redis: TestRedis,
  ) => Promise<void>,
): Promise<void> {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  await use(dashboard([queue], options), queue, redis);
}

Deno.test("a dashboard without authorize is none", () => {
  assert.throws(
    () => dashboard([], {} as DashboardOptions),
    /^TypeError: The option authorize of the dashboard is undefined: expected a function/,
  );
});

Deno.test("whom authorize does not let in sees nothing, on any path", async () => {
  const permits: [Permit, number, RegExp][] = [
    [false, 403, /You may not see this dashboard/],
    [undefined as unknown as Permit, 403, /You may not see/],
    ["yes" as Permit, 403, /You may not see/],
    [new Response("log in", { status: 401 }), 401, /^log in$/],
  ];
  for (const [permit, status, text] of permits) {
    const answer = () => permit instanceof Response ? permit.clone() : permit;
    await withQueue({ authorize: () => Promise.resolve(answer()) }, async (handler, queue) => {
      await queue.put("secret");
      for (const path of ALL_PATHS) {
        const response = await handler(get(path));
        assert.equal(response.status, status, path);
        const shown = await response.text();
        assert.match(shown, text);
        assert.doesNotMatch(shown, /secret|mails/);
      }
      assert.equal((await handler(post("action=pause"))).status, status);
      assert.equal((await queue.stats()).paused, false);
    });
  }
});

Deno.test("an authorize that throws lets nobody in, and only the log says why", async () => {
  const authorize = () => {
    throw new Error("the secret of the session store");
  };
  await withQueue({ authorize }, async (handler) => {
    const log: unknown[] = [];
    await withConsoleError((text) => log.push(text), async () => {
      for (const path of ALL_PATHS) {
        const response = await handler(get(path));
        assert.equal(response.status, 500);
        assert.doesNotMatch(await response.text(), /secret/);
      }
    });
    assert.equal(log[0], "The dashboard has failed: the secret of the session store");
  });
});

Deno.test("what changes something must come from a page of the dashboard", async () => {
  const cases: [Record<string, string>, number][] = [
    [{ "sec-fetch-site": "same-origin" }, 303],
    [{ "sec-fetch-site": "same-site", origin: "http://localhost" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "none" }, 403],
    [{ origin: "http://localhost" }, 303],
    [{ origin: "https://localhost" }, 303],
    [{ origin: "http://localhost:81" }, 403],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{}, 403],
  ];
  await withQueue(OPEN, async (handler, queue) => {
    for (const [headers, status] of cases) {
      const response = await handler(post("action=pause", headers));
      assert.equal(response.status, status, JSON.stringify(headers));
      assert.equal(await queue.resume(), status === 303);
    }
  });
});

Deno.test("nothing is changed but by POST", async () => {
  await withQueue(OPEN, async (handler, queue) => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await handler(get("/queue?name=mails&action=pause", { method }));
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD, POST"]);
    }
    for (const method of ["GET", "HEAD"]) {
      await (await handler(get("/queue?name=mails&action=pause", { method }))).text();
    }
    assert.equal((await queue.stats()).paused, false);
  });
});

for (
  const [name, options] of [
    ["the option readOnly", { authorize: () => true, readOnly: true }],
    ["authorize", { authorize: () => "read-only" }],
  ] as [string, DashboardOptions][]
) {
  Deno.test(`read-only by ${name}: the server refuses, and shows no buttons`, async () => {
    await withQueue(options, async (handler, queue) => {
      const uid = await queue.put("item");
      for (const action of ["pause", "put&payload=x", `delete&confirmed=yes&uid=${uid}`]) {
        const response = await handler(post(`action=${action}`));
        assert.equal(response.status, 403);
        assert.match(await response.text(), /You may only look. Nothing changed./);
      }
      const { waiting, paused } = await queue.stats();
      assert.deepEqual([waiting, paused], [1, false]);
      for (const path of ["/", "/queue?name=mails", `/item?name=mails&uid=${uid}`, "/consumers"]) {
        const response = await handler(get(path));
        assert.equal(response.status, 200);
        const page = await response.text();
        assert.match(page, /read-only/);
        assert.doesNotMatch(page, /method="post"|type="checkbox"/);
      }
    });
  });
}

Deno.test("the password lets in who has it, under any user name", async () => {
  const secret = "pässword:with colons";
  await withQueue({ authorize: password(secret) }, async (handler) => {
    const ask = async (header?: string) => {
      const headers = header === undefined ? {} : { authorization: header };
      const response = await handler(get("/", { headers }));
      await response.text();
      return response;
    };
    const basic = (text: string) => `Basic ${new TextEncoder().encode(text).toBase64()}`;
    assert.equal((await ask(basic(`ada:${secret}`))).status, 200);
    assert.equal((await ask(basic(`:${secret}`))).status, 200);
    for (const wrong of ["ada:", "ada:wrong", `ada:${secret} `, secret, ""]) {
      const { status, headers } = await ask(basic(wrong));
      assert.equal(status, 401, wrong);
      assert.match(headers.get("www-authenticate")!, /^Basic realm=/);
    }
    assert.equal((await ask()).status, 401);
    assert.equal((await ask("Bearer x")).status, 401);
    assert.equal((await ask("Basic %%%")).status, 401);
  });
  for (const none of ["", undefined, null]) {
    assert.throws(
      () => password(none as string),
      /^TypeError: The password of a dashboard is empty/,
    );
  }
});

Deno.test("each answer has the headers that keep a browser safe", async () => {
  await withQueue(OPEN, async (handler) => {
    for (const path of ["/", "/nowhere", "/metrics", "/health"]) {
      const { headers, body } = await handler(get(path));
      await body?.cancel();
      const policy = headers.get("content-security-policy")!;
      assert.match(policy, /^default-src 'none'; /);
      assert.doesNotMatch(policy, /unsafe|\*|data:|http/);
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("strict-transport-security"), null);
    }
  });
});

Deno.test("nothing in a page is inline", async () => {
  await withQueue(OPEN, async (handler, queue) => {
    const uid = await queue.put('{"a": 1}');
    for (const path of [...PATHS.slice(0, 2), `/item?name=mails&uid=${uid}`, "/consumers"]) {
      const page = await (await handler(get(path))).text();
      assert.doesNotMatch(page, / (style|on[a-z]+)=|<style|<script[^>]*>[^<]|javascript:/, path);
    }
  });
});

Deno.test("options that are wrong are named", () => {
  const wrong: [object, RegExp][] = [
    [{ readonly: true }, /Unknown option readonly: expected one of authorize, readOnly/],
    [{ readOnly: "yes" }, /The option readOnly of the dashboard is "yes": expected a boolean/],
    [{ basePath: "queues" }, /The option basePath of the dashboard is "queues"/],
    [{ basePath: "/a?b" }, /basePath/],
    [{ redact: true }, /The option redact of the dashboard is true: expected a function/],
    [{ title: 5 }, /The option title of the dashboard is 5: expected a string/],
    [{ traceUrl: "javascript:alert('{traceId}')" }, /The option traceUrl/],
    [{ traceUrl: "https://example.org/" }, /The option traceUrl/],
  ];
  for (const [options, message] of wrong) {
    const all = { ...OPEN, ...options } as DashboardOptions;
    assert.throws(() => dashboard([], all), { name: "TypeError", message });
  }
  assert.throws(
    () => dashboard([{}] as unknown as SafeRedisQueue[], OPEN),
    /^TypeError: The dashboard shows a SafeRedisQueue of its own version of the package/,
  );
  assert.throws(
    () => dashboard("mails" as unknown as SafeRedisQueue[], OPEN),
    /^TypeError: The dashboard needs queues/,
  );
});

Deno.test("two queues of the same name are refused", async () => {
  await using one = new SafeRedisQueue({ name: "mails" });
  await using other = new SafeRedisQueue({ name: "mails" });
  assert.throws(() => dashboard([one, other], OPEN), /^TypeError: Two queues .* the name "mails"/);
});
