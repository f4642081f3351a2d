import assert from "node:assert/strict";
import type { SafeRedisQueue, SafeRedisQueueOptions } from "../../mod.ts";
import type { DashboardOptions } from "../../dashboard.ts";
import { serveDashboard } from "../helpers/dashboard_server.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";
import { BROWSER, closeBrowser, type Tab, withTab } from "./browser.ts";

Deno.test.afterAll(closeBrowser);

/** A queue with items in every state, and a name that is markup. */
const NAME = '<b>mails & "more"';
/** What must be shown, and not obeyed. */
const EVIL = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

interface Scene {
  tab: Tab;
  queue: SafeRedisQueue;
  /** Another instance of the queue. */
  open: (options: Partial<SafeRedisQueueOptions>) => SafeRedisQueue;
  /** Address of the dashboard. */
  url: string;
  /** Address of the page of the queue. */
  page: (query?: Record<string, string>) => string;
  dead: string;
  delayed: string;
  inFlight: string;
}

function browserTest(
  name: string,
  act: (scene: Scene) => Promise<void>,
  { javaScript = true, ...options }: Partial<DashboardOptions> & { javaScript?: boolean } = {},
): void {
  Deno.test({
    name: `${name}${javaScript ? "" : ", without JavaScript"}`,
    ignore: BROWSER === undefined,
    // The browser stays for the next test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using redis = await startRedis();
      await using queue = redis.queue({ name: NAME, maxAttempts: 1, autocleanInterval: null });
      const [dead, inFlight] = await queue.putMany([EVIL, "held", "third"]);
      await queue.getMany(2, -1);
      await queue.fail(dead!, { error: `451 ${EVIL}` });
      const delayed = await queue.put('{"to":"ada@example.org"}', {
        delay: 1_000,
        uid: "../later",
      });
      await using server = serveDashboard([queue], options);
      const page = (query = {}) =>
        `${server.url}/queue?${new URLSearchParams({ name: NAME, ...query })}`;
      await withTab({ javaScript }, async (tab) => {
        const ids = { dead: dead!, inFlight: inFlight!, delayed };
        const open = (options: Partial<SafeRedisQueueOptions>) =>
          redis.queue({ name: NAME, ...options });
        await act({ tab, queue, open, url: server.url, page, ...ids });
        assert.deepEqual(tab.problems, []);
      });
    },
  });
}

browserTest("every page can be read by all, at any width, in light and dark", async (scene) => {
  const { tab, url, page, dead } = scene;
  const item = `${url}/item?${new URLSearchParams({ name: NAME, uid: dead })}`;
  const states = ["waiting", "in-flight", "delayed", "dead"];
  const lists = states.map((state) => page({ state }));
  for (const address of [`${url}/`, ...lists, item, `${url}/consumers`, `${url}/nowhere`]) {
    await tab.page.goto(address);
    await tab.evaluate("document.querySelectorAll('details').forEach((all) => all.open = true)");
    for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [360, "light"]] as const) {
      await tab.page.setViewport({ width, height: 800 });
      await tab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      const where = `${address} at ${width}, ${scheme}`;
      assert.equal(await tab.isTooWide(), false, where);
      assert.deepEqual(await tab.barriers(), [], where);
    }
  }
  assert.notEqual(await tab.page.title(), "owned");
  // The page that is not there.
  assert.match(tab.problems.join(), /404/);
  tab.problems.length = 0;
});

for (const javaScript of [true, false]) {
  browserTest("looks into each state, and at an item", async ({ tab, url, dead, inFlight }) => {
    await tab.page.goto(`${url}/`);
    assert.match(await tab.text("main"), /Waiting 1 In flight 1 Delayed 1 Dead 1 <b>mails/);
    await tab.follow(".queues h2 a");
    assert.equal(await tab.text("h1"), NAME);
    assert.match(await tab.text(".list"), /Waiting items .* third 5 B 0 /);
    await tab.follow(".tab.in-flight");
    assert.match(await tab.text(".list"), new RegExp(`Items in flight .*${inFlight} held 4 B`));
    await tab.follow(".tab.delayed");
    assert.match(await tab.text(".list"), /\.\.\/later {"to":"ada@example.org"} .* in 16m/);
    await tab.follow(".tab.dead");
    assert.match(await tab.text(".list"), /Dead items .*<img src=x .* 451 <img src=x/);
    await tab.follow(".uid a");
    assert.equal(await tab.text("h1"), dead);
    assert.match(await tab.text("main"), /dead Size 83 B Attempts 1 Put .* Died .* 451 <img src=x/);
    assert.equal(await tab.text("pre.payload"), EVIL);
    await tab.follow(".forms a[href*=hex]");
    assert.match(await tab.text("pre.payload"), /^00000000 3c 69 6d 67 20 .* <img src=x onerr/);
    assert.notEqual(await tab.page.title(), "owned");
  }, { javaScript });

  browserTest("puts an item", async ({ tab, queue, page }) => {
    await tab.page.goto(page());
    await tab.page.click("details summary");
    await tab.page.type("#payload", "first line\nsecond line");
    await tab.page.type("#uid", "by-hand");
    await tab.follow("button[value=put]");
    assert.equal(await tab.text(".notice"), "The item was put. by-hand");
    const entry = await queue.find("by-hand");
    assert.deepEqual([entry?.state, entry?.payload], ["waiting", "first line\nsecond line"]);
    await tab.follow(".notice a");
    assert.equal(await tab.text("h1"), "by-hand");
  }, { javaScript });

  browserTest("pauses and resumes", async ({ tab, queue, page }) => {
    await tab.page.goto(page());
    await tab.follow("button[value=pause]");
    assert.match(await tab.text(".notice"), /^The queue is paused/);
    assert.match(await tab.text(".title"), /paused/);
    assert.equal((await queue.stats()).paused, true);
    await tab.follow("button[value=resume]");
    assert.equal(await tab.text(".notice"), "The queue goes on.");
    assert.equal((await queue.stats()).paused, false);
  }, { javaScript });

  browserTest("deletes, promotes and requeues what is ticked", async ({ tab, queue, page }) => {
    await tab.page.goto(page({ state: "dead" }));
    await tab.page.click("tbody .tick input");
    await tab.follow("button[value=requeue]");
    assert.equal(await tab.text(".notice"), "Requeued 1 item.");
    await tab.page.goto(page({ state: "delayed" }));
    await tab.page.click("tbody .tick input");
    await tab.follow("button[value=promote]");
    assert.equal(await tab.text(".notice"), "Made 1 item due now.");
    const { waiting, delayed, dead } = await queue.stats();
    assert.deepEqual([waiting, delayed, dead], [3, 0, 0]);

    await tab.page.goto(page());
    for (const tick of await tab.page.$$("tbody .tick input")) await tick.click();
    await tab.follow("button[value=delete]");
    assert.match(
      await tab.text("main"),
      /^Delete 3 items\? From the queue <b>mails & "more", for good/,
    );
    assert.equal((await queue.stats()).waiting, 3);
    await tab.follow("button[value=delete]");
    assert.equal(await tab.text(".notice"), "Deleted 3 items.");
    assert.match(await tab.text(".list"), /No items waiting\./);
    assert.equal((await queue.stats()).waiting, 0);
    assert.match(await tab.text(".tabs"), /^Waiting 0 /);
  }, { javaScript });

  browserTest("acts on one item", async ({ tab, queue, url, dead, delayed, inFlight }) => {
    const open = (uid: string) =>
      tab.page.goto(`${url}/item?${new URLSearchParams({ name: NAME, uid })}`);
    await open(delayed);
    await tab.follow("button[value=promote]");
    assert.equal(await tab.text(".notice"), "Made 1 item due now.");
    assert.match(await tab.text(".title"), /waiting/);
    await open(dead);
    await tab.follow("button[value=requeue]");
    assert.equal(await tab.text(".notice"), "Requeued 1 item.");
    await open(inFlight);
    assert.match(await tab.text("main"), /Cancel and delete/);
    await tab.follow("button[value=delete]");
    await tab.follow("main form + a, main form a");
    assert.equal(await tab.text("h1"), inFlight);
    await tab.follow("button[value=delete]");
    await tab.follow("button[value=delete]");
    assert.equal(await tab.text(".notice"), "Deleted 1 item.");
    assert.equal(await queue.find(inFlight), null);
  }, { javaScript });

  browserTest("clears the queue only with its name typed in", async ({ tab, queue, page }) => {
    const clear = async (typed: string) => {
      await tab.page.goto(page());
      await tab.page.click("details:nth-of-type(2) summary");
      await tab.page.type("#typed", typed);
      await tab.follow("button[value=clear]");
    };
    await clear("mails");
    assert.match(await tab.text("main"), /^Nothing changed What was typed is not the queue's name/);
    assert.equal((await queue.stats()).waiting, 1);
    // The browser notes the status of the answer.
    assert.match(tab.problems.join(), /422/);
    tab.problems.length = 0;
    await clear(NAME);
    assert.match(await tab.text(".notice"), /^The queue was cleared/);
    const { waiting, inFlight, delayed, dead } = await queue.stats();
    assert.deepEqual([waiting, inFlight, delayed, dead], [0, 0, 0, 0]);
  }, { javaScript });
}

browserTest("an item has its headers, and leads to its trace", async ({ tab, queue, url }) => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const uid = await queue.put("traced", { headers: { traceparent, tenant: EVIL } });
  await tab.page.goto(`${url}/item?${new URLSearchParams({ name: NAME, uid })}`);
  assert.match(await tab.text(".pairs"), /^traceparent 00-4bf92f.*-01 tenant <img src=x/);
  assert.equal(
    await tab.page.$eval("a[rel=noreferrer]", (link) => link.getAttribute("href")),
    "https://tempo.example.org/4bf92f3577b34da6a3ce929d0e0e4736",
  );
  assert.deepEqual(await tab.barriers(), []);
  await tab.page.setViewport({ width: 360, height: 800 });
  assert.equal(await tab.isTooWide(), false);
}, { traceUrl: "https://tempo.example.org/{traceId}" });

browserTest("shows who consumes", async ({ tab, queue, url, open }) => {
  await tab.page.goto(`${url}/consumers`);
  assert.match(await tab.text("main"), /nobody consumes <b>mails/);
  await using worker = open({ instance: "mailer <1>" });
  const stop = new AbortController();
  const work = worker.consume(() => {}, { concurrency: 7, signal: stop.signal });
  await until("it is listed", async () => (await queue.consumers()).length === 1);
  await until("the page shows it", async () => (await tab.text("main")).includes("mailer <1>"));
  assert.match(await tab.text("tbody"), /^<b>mails & "more" mailer <1> .* 7 .* ago/);
  assert.deepEqual(await tab.barriers(), []);
  await tab.page.setViewport({ width: 360, height: 800 });
  assert.equal(await tab.isTooWide(), false);
  await tab.page.goto(`${url}/`);
  assert.match(await tab.text(".queues"), /Consumers 1/);
  stop.abort();
  await work;
});

browserTest("requeues all dead", async ({ tab, queue, page }) => {
  await tab.page.goto(page({ state: "dead" }));
  await tab.follow("button[value=requeue-all]");
  assert.equal(await tab.text(".notice"), "Requeued 1 item.");
  assert.equal((await queue.stats()).dead, 0);
});

browserTest("searches by text, and a whole uid leads to its item", async ({ tab, page, dead }) => {
  await tab.page.goto(page());
  const search = async (text: string) => {
    await tab.evaluate("search.value = ''");
    await tab.page.type("#search", text);
    await tab.follow(".search button");
  };
  await search("thir");
  assert.match(await tab.text(".list"), / third 5 B/);
  await search("nowhere");
  assert.match(await tab.text(".list"), /Nothing found\./);
  await search(dead);
  assert.equal(await tab.text("h1"), dead);
});

browserTest("a page renews itself, and does not move", async ({ tab, queue, url, page }) => {
  await tab.page.goto(page());
  await tab.page.waitForSelector("[data-state=live]");
  const layout = async () =>
    await tab.page.$$eval(
      "h1, .tabs, .chart, .list, details",
      (elements) => elements.map((element) => element.offsetTop),
    );
  const before = await layout();
  await tab.page.focus("#search");
  await tab.page.type("#search", "typed");
  await queue.putMany(["1", "2", "3"]);
  await until(
    "the page shows them",
    async () => (await tab.text(".tabs")).startsWith("Waiting 4 "),
  );
  assert.deepEqual(await layout(), before);
  assert.equal(await tab.evaluate("search.value"), "typed");
  assert.equal(await tab.evaluate("document.activeElement === search"), true);

  await tab.page.focus(".tab.dead");
  await queue.put("4");
  await until("the chart shows it", async () => / Put 8 /.test(await tab.text(".facts")));
  assert.match(await tab.evaluate("document.activeElement.className") as string, /tab dead/);

  await tab.page.goto(`${url}/`);
  await queue.put("5");
  await until("the overview does", async () => (await tab.text(".sum")).startsWith("Waiting 6 "));
});

browserTest("a keyboard is enough", async ({ tab, queue, page }) => {
  await tab.page.goto(page());
  await tab.page.keyboard.press("Tab");
  assert.equal(
    await tab.page.$eval(":focus", (element) => element.textContent),
    "Skip to the content",
  );
  await tab.page.keyboard.press("Enter");
  await tab.page.keyboard.press("Tab");
  assert.equal(await tab.page.$eval(":focus", (element) => element.textContent?.trim()), "Pause");
  await Promise.all([tab.page.waitForNavigation(), tab.page.keyboard.press("Enter")]);
  assert.equal((await queue.stats()).paused, true);
});

browserTest("one click ticks all items of a page", async ({ tab, queue, page }) => {
  await queue.putMany(["1", "2"]);
  await tab.page.goto(page());
  await tab.page.click("thead .tick input");
  await tab.follow("button[value=delete]");
  assert.match(await tab.text("h1"), /^Delete 3 items\?/);
});

browserTest("what an action did is told once", async ({ tab, page }) => {
  await tab.page.goto(page());
  await tab.follow("button[value=pause]");
  assert.match(await tab.text(".notice"), /paused/);
  await tab.page.reload();
  assert.equal(await tab.page.$(".notice"), null);
});

browserTest("it works under a path of a larger site", async ({ tab, url, queue }) => {
  await tab.page.goto(`${url}/tools/queues`);
  await tab.page.waitForSelector("[data-state=live]");
  await tab.follow(".queues h2 a");
  await tab.follow("button[value=pause]");
  assert.match(await tab.text(".notice"), /paused/);
  assert.equal((await queue.stats()).paused, true);
  await tab.follow(".brand");
  assert.equal(new URL(tab.page.url()).pathname, "/tools/queues/");
}, { basePath: "/tools/queues/" });

browserTest("read-only: nothing can be done", async ({ tab, page }) => {
  await tab.page.goto(page());
  assert.equal(await tab.page.$("form[method=post], [type=checkbox]"), null);
  assert.match(await tab.text(".top"), /read-only/);
}, { readOnly: true });

browserTest("what is redacted is nowhere in a page", async ({ tab, url, page, dead }) => {
  const item = `${url}/item?${new URLSearchParams({ name: NAME, uid: dead, form: "hex" })}`;
  for (const address of [page(), page({ state: "delayed" }), item]) {
    await tab.page.goto(address);
    const markup = await tab.page.content();
    assert.match(markup, /it is secret/);
    assert.doesNotMatch(markup, /third|ada@example|3c 69 6d/);
  }
  await tab.page.goto(page({ search: "thir" }));
  assert.match(await tab.text(".list"), /Nothing found/);
}, { redact: () => "it is secret" });
