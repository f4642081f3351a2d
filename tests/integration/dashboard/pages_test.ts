import assert from "node:assert/strict";
import { json, SafeRedisQueue } from "../../../mod.ts";
import { dashboard, type DashboardOptions, type DashboardQueues } from "../../../dashboard.ts";
import { startRedis } from "../../helpers/redis.ts";

const OPEN: DashboardOptions = { authorize: () => true };

/** What a browser sees, and what its forms do. */
function visitorOf(queues: DashboardQueues, options: Partial<DashboardOptions> = {}) {
  const handler = dashboard(queues, { ...OPEN, ...options });
  const get = async (path: string) => {
    const response = await handler(new Request(`http://localhost${path}`));
    return { status: response.status, page: await response.text() };
  };
  const post = async (name: string, fields: Record<string, string>) => {
    const response = await handler(
      new Request(`http://localhost/queue?${new URLSearchParams({ name })}`, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { "Sec-Fetch-Site": "same-origin" },
      }),
    );
    const page = await response.text();
    return { status: response.status, page, location: response.headers.get("location") };
  };
  return { handler, get, post };
}

const ODD_NAMES = ["", ".", "..", "a/b", "a?b#c", "%2F", "a b+c", "ü\u{1f4ee}", "__proto__", "<i>"];

Deno.test("queues and items may have any name", async () => {
  await using redis = await startRedis();
  await using opened = new AsyncDisposableStack();
  const queues = ODD_NAMES.map((name) => opened.use(redis.queue({ name })));
  const { get, post } = visitorOf(queues);
  const overview = (await get("/")).page;
  for (const [i, name] of ODD_NAMES.entries()) {
    const uid = ODD_NAMES[i] || "none";
    await queues[i]!.put("payload", { uid });
    const query = String(new URLSearchParams({ name }));
    assert.ok(overview.includes(`href="/queue?${query.replaceAll("&", "&amp;")}"`), name);
    const list = await get(`/queue?${query}`);
    assert.match(list.page, /payload/, name);
    const [, item] = /href="(\/item\?[^"]*)"/.exec(list.page)!;
    assert.equal((await get(item!.replaceAll("&amp;", "&"))).status, 200, name);
    const { location } = await post(name, { action: "delete", uid, confirmed: "yes" });
    assert.match(location!, /did=deleted&count=1$/);
    assert.equal(await queues[i]!.size(), 0, name);
  }
});

Deno.test("what is not there is told as such", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const { get, post } = visitorOf([queue]);
  const pages: [string, number, RegExp][] = [
    ["/queue?name=films", 404, /There is no queue &quot;films&quot; here/],
    ["/queue", 404, /There is no queue/],
    ["/item?name=mails&uid=x", 404, /There is no such item: it is done, was deleted/],
    ["/item?name=mails", 404, /There is no such item/],
    ["/nowhere", 404, /There is no such page here/],
    ["/queue?name=mails&cursor=x", 422, /The cursor .* is none that a list/],
    ["/queue?name=mails&state=constructor", 200, /Waiting items/],
    ["/live?page=queue&name=films", 404, /There is no queue/],
  ];
  for (const [path, status, text] of pages) {
    const answer = await get(path);
    assert.equal(answer.status, status, path);
    assert.match(answer.page, text);
  }
  const forms: [Record<string, string>, RegExp][] = [
    [{}, /Nobody knows this action/],
    [{ action: "toString" }, /Nobody knows this action/],
    [{ action: "delete" }, /No item was ticked/],
    [{ action: "promote" }, /No item was ticked/],
    [
      { action: "put", payload: "x", delay: "soon" },
      /The delay is &quot;soon&quot;: expected seconds/,
    ],
    [{ action: "put", payload: "x", delay: "9e99" }, /The delay is/],
    [{ action: "put", payload: "x", delay: "9999999999" }, /Nothing changed/],
    [
      { action: "put", payload: "x", orderKey: "k".repeat(2_000) },
      /Cannot put an item with the order key/,
    ],
  ];
  for (const [fields, text] of forms) {
    const answer = await post("mails", fields);
    assert.equal(answer.status, 422, JSON.stringify(fields));
    assert.match(answer.page, text);
  }
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("an action that came too late says so", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const { get, post } = visitorOf([queue]);
  for (
    const [action, text] of [
      ["delete", /Nothing was there to delete any more/],
      ["promote", /Nothing was delayed any more/],
      ["requeue", /Nothing was dead any more/],
      ["requeue-all", /Nothing was dead any more/],
      ["resume", /The queue was not paused/],
    ] as const
  ) {
    const { status, location } = await post("mails", { action, uid: "gone", confirmed: "yes" });
    assert.equal(status, 303);
    assert.match((await get(location!)).page, text);
  }
});

Deno.test("nobody can have a page say what it does not", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const { get } = visitorOf([queue]);
  for (const did of ["You are hacked", "constructor", "__proto__"]) {
    const { page } = await get(`/queue?${new URLSearchParams({ name: "mails", did })}`);
    assert.doesNotMatch(page, /class="notice"|hacked/);
  }
});

Deno.test("a queue's own serializer reads what is typed in", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<{ to: string }>({ name: "mails", serializer: json });
  const { post } = visitorOf([queue]);
  const bad = await post("mails", { action: "put", payload: "{to" });
  assert.equal(bad.status, 422);
  assert.match(bad.page, /The payload is not what this queue holds/);
  await post("mails", { action: "put", payload: '{ "to": "ada" }', delay: ".5", orderKey: " k " });
  const { items: [item] } = await queue.list("delayed");
  assert.deepEqual([item?.payload, item?.orderKey], [{ to: "ada" }, "k"]);
});

Deno.test("a list goes on over many pages", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const uids = await queue.putMany(Array.from({ length: 120 }, (_, i) => `item ${i}`));
  const { get } = visitorOf([queue]);
  const found: string[] = [];
  let path: string | undefined = "/queue?name=mails";
  while (path !== undefined) {
    const { page } = await get(path);
    found.push(...Array.from(page.matchAll(/<code>([\da-f-]{36})<\/code>/g), ([, uid]) => uid!));
    path = /href="([^"]*)" rel="next"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
  }
  assert.deepEqual(found, uids);
});

Deno.test("a search tells nothing of what is redacted", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  await queue.putMany(Array.from({ length: 120 }, () => "the code is x-ray"));
  await queue.put("another", { uid: "order 7" });
  const { get } = visitorOf([queue], { redact: () => "***" });
  const search = async (text: string) => {
    const { page } = await get(`/queue?${new URLSearchParams({ name: "mails", search: text })}`);
    const [list = ""] = /<section class="card list"[^]*<\/section>/.exec(page) ?? [];
    return list.replaceAll(text, "TEXT");
  };
  assert.match(await search("order"), /TEXT 7/);
  // Right or wrong: the pages are the same.
  assert.equal(await search("x-ra"), await search("y-ra"));
});

Deno.test("a page is made fast, whatever waits", async () => {
  await using redis = await startRedis();
  // A million items, without sending them.
  await redis.command(
    "EVAL",
    `for i = 1, 1000000 do
       local uid = string.format('%08d', i)
       redis.call('HSET', KEYS[1], uid, '{"to":"ada@example.org"}')
       redis.call('LPUSH', KEYS[2], uid)
     end`,
    ...[2, "srq:mails:items", "srq:mails:queue"],
  );
  await using queue = redis.queue({ name: "mails" });
  await queue.connect();
  const { get } = visitorOf([queue]);
  for (const path of ["/", "/queue?name=mails", "/item?name=mails&uid=00500000", "/metrics"]) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = performance.now();
      const { status, page } = await get(path);
      assert.equal(status, 200);
      assert.match(page, /1,?000,?000|00500000/);
      times.push(performance.now() - before);
    }
    // The best of some: a busy machine tells nothing.
    assert.ok(Math.min(...times) < 50, `${path}: ${times.map(Math.round)} ms`);
  }
});

Deno.test("while Redis is away each page says so within seconds, and tells no password", async () => {
  const url = "redis://ada:secret@127.0.0.1:1/";
  await using away = new SafeRedisQueue({
    url,
    name: "away",
    commandTimeout: 4,
    autocleanInterval: null,
  });
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  const { get } = visitorOf([away, queue]);
  const overview = await get("/");
  assert.equal(overview.status, 200);
  assert.match(overview.page, /no answer/);
  assert.match(overview.page, /figures:mails/);
  const before = performance.now();
  const answers = await Promise.all([
    get("/queue?name=away"),
    get("/item?name=away&uid=x"),
    get("/consumers"),
  ]);
  assert.ok(performance.now() - before < 5_000);
  await using brief = new SafeRedisQueue({ url, name: "brief", commandTimeout: 0.1 });
  const action = await visitorOf([brief]).post("brief", { action: "pause" });
  for (const { status, page } of [...answers, overview, action]) {
    assert.ok([503, 200].includes(status));
    assert.doesNotMatch(page, /secret/);
  }
  assert.match(answers[0].page, /Redis does not answer/);
});

Deno.test("the overview tells how Redis is, and warns of what endangers items", async () => {
  const settings = ["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"];
  await using redis = await startRedis(settings);
  await using queue = redis.queue({ name: "mails", onError: () => {} });
  await using other = redis.queue({ name: "films", onError: () => {} });
  const textOf = async (queues: SafeRedisQueue[]) => {
    const { status, page } = await visitorOf(queues).get("/");
    assert.equal(status, 200);
    return page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  };
  const text = await textOf([queue, other]);
  assert.match(text, / Memory [\d.]+ MiB of 1 GiB When full allkeys-lru may drop items: set noev/);
  assert.match(
    text,
    / Append-only file off a crash of Redis loses .* Last snapshot (now|\d+s ago) /,
  );
  assert.equal(text.match(/When full/g)!.length, 1);

  await redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction", "appendonly", "yes");
  await using later = redis.queue({ name: "third" });
  assert.match(await textOf([later]), / When full noeviction Append-only file on Last snapshot /);
  await redis.command("ACL", "SETUSER", "default", "-info");
  await using unaware = redis.queue({ name: "fourth", onError: () => {} });
  assert.doesNotMatch(await textOf([unaware]), /When full|went wrong/);
});

Deno.test("a dashboard has its path with or without a slash at the end, and its own title", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  for (const basePath of ["/a/queues", "/a/queues/"]) {
    const { get } = visitorOf([queue], { basePath, title: "Post <office>" });
    for (const path of ["/a/queues", "/a/queues/"]) {
      const { status, page } = await get(path);
      assert.equal(status, 200);
      assert.match(page, /<title>Queues · Post &lt;office&gt;<\/title>/);
      for (const [, address] of page.matchAll(/(?:href|src|action)="([^"#]+)"/g)) {
        assert.match(address!, /^\/a\/queues\//);
        assert.equal((await get(address!.replaceAll("&amp;", "&"))).status, 200, address);
      }
    }
    assert.equal((await get("/")).status, 404);
    assert.equal((await get("/queue?name=mails")).status, 404);
  }
});

Deno.test("style, script and icon may be kept for ever", async () => {
  await using queue = new SafeRedisQueue({ name: "mails" });
  const { handler } = visitorOf([queue]);
  const page = await (await handler(new Request("http://localhost/nowhere"))).text();
  const assets = Array.from(page.matchAll(/(?:href|src)="(\/[a-z]+-[\da-f]{12}\.\w+)"/g));
  assert.equal(new Set(assets.map(([, path]) => path)).size, 3);
  for (const [, path] of assets) {
    const { headers, body } = await handler(new Request(`http://localhost${path}`));
    await body?.cancel();
    assert.match(headers.get("cache-control")!, /^private, max-age=31536000, immutable$/);
    assert.match(headers.get("content-type")!, /^(text\/css|text\/javascript|image\/svg\+xml)/);
  }
});

Deno.test("the queues may be asked for at each request", async () => {
  await using redis = await startRedis();
  await using one = redis.queue({ name: "one" });
  await using other = redis.queue({ name: "other" });
  const shown = [one];
  const { get } = visitorOf(() => Promise.resolve(shown));
  assert.doesNotMatch((await get("/")).page, /queue\?name=other/);
  shown.push(other);
  assert.match((await get("/")).page, /queue\?name=other/);
});
