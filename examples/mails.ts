// Sends mails through a server that sometimes fails: shows retries, a dead letter, and how a person requeues it.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/mails.ts
import {
  exponentialBackoff,
  json,
  SafeRedisQueue,
} from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Mail {
  to: string;
  subject: string;
}

await using queue = new SafeRedisQueue<Mail>({
  url: Deno.env.get("REDIS_URL"),
  name: "mails",
  serializer: json,
  maxAttempts: 3,
  onError: () => {}, // hears of each failed attempt; the handler below prints them
});

await queue.putMany([
  { to: "ada@example.org", subject: "Hello" },
  { to: "bob@busy.example", subject: "Hello" }, // this server is busy at the first attempt
  { to: "cleo@gone.example", subject: "Hello" }, // and this one is down
]);

const down = new Set(["gone.example"]);

async function workFor(seconds: number): Promise<void> {
  await queue.consume(async ({ payload, attempt }) => {
    try {
      await send(payload, attempt);
      console.log(`${payload.to}: sent at attempt ${attempt}`);
    } catch (error) {
      console.log(`${payload.to}: attempt ${attempt} failed`);
      throw error;
    }
  }, {
    concurrency: 10,
    backoff: exponentialBackoff({ base: 0.2, max: 60 }),
    signal: AbortSignal.timeout(seconds * 1000),
  });
}

await workFor(3);

// A dead letter waits until a person requeues or deletes it.
for (const { uid, payload, attempts, error } of (await queue.dead.list()).items) {
  console.log(`dead: ${payload?.to} after ${attempts} attempts: ${error}`);
  down.clear(); // "is up again"
  await queue.dead.requeue(uid);
}

await workFor(2);
console.log(`dead letters left: ${(await queue.stats()).dead}`);

/** Instead of a real mail server. */
async function send({ to }: Mail, attempt: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const host = to.split("@")[1]!;
  if (down.has(host)) throw new Error(`${host} does not answer`);
  if (host === "busy.example" && attempt === 1) throw new Error(`${host} is busy`);
}
