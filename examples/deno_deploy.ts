// An app for Deno Deploy: a request puts an item, a consumer in the background handles it, and a cron job handles the
// items that came while the app was asleep. Deploy stops an idle app with SIGINT, and kills it five seconds later.
//
//   deno run --unstable-cron --allow-net --allow-env examples/deno_deploy.ts
//
//   curl --json '{"to": "ada@example.org"}' localhost:8000
import {
  exponentialBackoff,
  json,
  type QueueItem,
  SafeRedisQueue,
  stopSignal,
} from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Mail {
  to: string;
}

// "production", "git-branch/NAME" or "preview/ID". Each has a queue of its own: branches run, with their cron jobs, and
// would otherwise send the mails of production.
const timeline = Deno.env.get("DENO_TIMELINE") ?? "local";

const queue = new SafeRedisQueue<Mail>({
  url: Deno.env.get("REDIS_URL"),
  name: `mails:${timeline}`,
  serializer: json,
  maxAttempts: 5,
});
const stop = stopSignal();
const work = { concurrency: 10, backoff: exponentialBackoff(), signal: stop };

async function send({ uid, payload, attempt }: QueueItem<Mail>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20)); // instead of a real mail server
  console.log(`sent to ${payload.to} (${uid}, attempt ${attempt})`);
}

// Wakes a sleeping app, and keeps it awake while there is work. It ends before the next minute's run.
Deno.cron("send mails", "* * * * *", { signal: stop }, async () => {
  const { acked, failed, ended } = await queue.drain(send, { ...work, deadline: 50 });
  console.log(`cron: ${acked} sent, ${failed} to be tried again; ended: ${ended}`);
});

// Begins with the first request. At the top level it would also run whenever Deploy only looks for cron jobs.
let consuming: Promise<void> | undefined;

const server = Deno.serve({
  hostname: Deno.env.get("HOST") ?? "0.0.0.0",
  port: Number(Deno.env.get("PORT") ?? 8000),
}, async (request) => {
  consuming ??= queue.consume(send, work);
  if (request.method !== "POST") return Response.json(await queue.stats());
  const { to } = await request.json();
  return Response.json({ uid: await queue.put({ to }) }, { status: 202 });
});

// Running handlers have three seconds to finish (the option shutdownTimeout). Then their items are given back.
stop.addEventListener("abort", async () => {
  await Promise.all([consuming, server.shutdown()]);
  await queue.close();
  console.log("stopped");
});
