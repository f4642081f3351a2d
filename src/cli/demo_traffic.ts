import { sleep } from "../connection/time_limit.ts";
import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { json } from "../serializers.ts";
import { exponentialBackoff } from "../worker/backoff.ts";

/** Payloads of the demo. */
interface Job {
  to: string;
  subject: string;
}

/** How often the producers put. */
const BEAT_MS = 200;
/** A wave of puts and its length. */
const WAVE_MS = 60_000;

/** Queues under traffic, to be looked at: one runs smoothly, one in waves with failures, and one has no consumer. */
export class DemoTraffic implements AsyncDisposable {
  readonly queues: SafeRedisQueue<Job>[];
  readonly #isGuest: boolean;
  readonly #stop = new AbortController();
  readonly #work: Promise<unknown>;

  /** @param prefix Begins the names of the queues on a server that is not ours. */
  constructor(url: string, prefix: string) {
    this.#isGuest = prefix !== "";
    // What fails is to be seen in the browser, not here. A server of our own ends at Ctrl-C, too, so that nobody answers then.
    const common = { url, serializer: json, onError: () => {}, commandTimeout: 0.5 };
    const mails = new SafeRedisQueue<Job>({ ...common, name: `${prefix}mails`, maxAttempts: 3 });
    const films = new SafeRedisQueue<Job>({ ...common, name: `${prefix}films`, maxAttempts: 2 });
    const reports = new SafeRedisQueue<Job>({ ...common, name: `${prefix}reports` });
    this.queues = [mails, films, reports];
    const working = { signal: this.#stop.signal, shutdownTimeout: 0.5 };
    this.#work = Promise.all([
      this.#produce(),
      mails.consume(() => handle(40, 0.01), {
        concurrency: 5,
        backoff: exponentialBackoff(),
        ...working,
      }),
      films.consume(() => handle(350, 0.05), { concurrency: 4, backoff: 20, ...working }),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work;
    if (this.#isGuest) await Promise.allSettled(this.queues.map((queue) => queue.clear()));
    await Promise.all(this.queues.map((queue) => queue.close()));
  }

  async #produce(): Promise<void> {
    const { signal } = this.#stop;
    for (let beat = 0; !signal.aborted; beat++) {
      // A put that fails is left out: the page tells that Redis is away.
      await this.#put(beat).catch(() => {});
      await sleep(BEAT_MS, signal);
    }
  }

  async #put(beat: number): Promise<void> {
    const [mails, films, reports] = this.queues;
    const wave = Math.sin((beat * BEAT_MS / WAVE_MS) * 2 * Math.PI);
    await mails!.putMany(jobs(beat, 6 + 4 * wave));
    await films!.putMany(jobs(beat, 2 + 3 * wave));
    if (beat % 50 === 0) await reports!.put(jobOf(beat), { uid: `report-${beat}` });
    if (beat === 0) await reports!.put(jobOf(beat), { delay: 3600 });
  }
}

/** Works for about so long, and fails with a probability. */
async function handle(ms: number, failing: number): Promise<void> {
  await sleep(ms * (0.5 + Math.random()));
  if (Math.random() < failing) throw new Error("451 mail.example.org: try again later");
}

/** So many on average. */
function jobs(beat: number, count: number): Job[] {
  return Array.from(
    { length: Math.max(Math.round(count + Math.random() - 0.5), 0) },
    (_, i) => jobOf(beat * 10 + i),
  );
}

function jobOf(number: number): Job {
  return { to: `reader${number}@example.org`, subject: "Your newsletter" };
}
