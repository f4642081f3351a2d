import { type Program, startProgram } from "../helpers/deno_process.ts";
import { freePort } from "../helpers/free_port.ts";
import { RedisNode } from "../helpers/redis_node.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";
import type { Fate } from "./ledger.ts";

type Role = "producer" | "consumer";

const COUNT: Record<Role, number> = { producer: 2, consumer: 3 };

/** How long a process may take to end. */
const PATIENCE_MS = 10_000;

/** A producer or consumer in a process of its own. */
interface Worker extends Fate {
  role: Role;
  program: Program;
  /** Set when it was told to end. */
  isEnding: boolean;
}

/** A Redis that loses nothing it has confirmed, a proxy before it, and producers and consumers that use both. */
export class Scene implements AsyncDisposable {
  readonly redis: RedisNode;
  readonly proxy: TcpProxy;
  /** All that ever were. */
  readonly fates: Fate[] = [];
  /** What ended, or stopped working, and was not told to. */
  readonly crashes: string[] = [];
  readonly #workers = new Set<Worker>();
  readonly #dir: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    redis: RedisNode,
    proxy: TcpProxy,
    dir: string,
    resources: AsyncDisposableStack,
  ) {
    this.redis = redis;
    this.proxy = proxy;
    this.#dir = dir;
    this.#resources = resources;
  }

  static async start(): Promise<Scene> {
    await using resources = new AsyncDisposableStack();
    const dir = await Deno.makeTempDir();
    resources.defer(() => Deno.remove(dir, { recursive: true }));
    const port = freePort();
    const redis = resources.use(
      new RedisNode(port, [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir],
        ...["--appendonly", "yes", "--appendfsync", "always"],
        ...["--auto-aof-rewrite-min-size", "16mb"],
      ]),
    );
    await redis.answers();
    const proxy = resources.use(new TcpProxy(port));
    const scene = new Scene(redis, proxy, dir, resources.move());
    for (const role of ["producer", "consumer"] as const) {
      for (let i = 0; i < COUNT[role]; i++) scene.#startWorker(role);
    }
    await scene.allAreAtWork();
    return scene;
  }

  /** One of them, by chance. */
  anyOf(role: Role): Worker {
    const workers = this.#allOf(role);
    return workers[Math.floor(Math.random() * workers.length)]!;
  }

  /** Kills a process, and starts another in its place. */
  async replace(worker: Worker): Promise<void> {
    worker.wasKilled = worker.isEnding = true;
    await worker.program.kill();
    this.#workers.delete(worker);
    this.#startWorker(worker.role);
  }

  /** Suspends a process for `ms` milliseconds. */
  async suspend(worker: Worker, ms: number): Promise<void> {
    const from = Date.now();
    worker.program.signal("SIGSTOP");
    await pause(ms);
    worker.program.signal("SIGCONT");
    worker.suspended.push([from, Date.now()]);
  }

  /** Ends a process as an operator does. */
  async end(worker: Worker): Promise<void> {
    worker.isEnding = true;
    this.#workers.delete(worker);
    worker.program.signal("SIGTERM");
    const patience = setTimeout(() => worker.program.signal("SIGKILL"), PATIENCE_MS);
    const code = await worker.program.ended;
    clearTimeout(patience);
    if (code !== 0) this.crashes.push(`a ${worker.role} that was told to end, with code ${code}`);
  }

  /** Likewise, and starts another in its place. */
  async renew(worker: Worker): Promise<void> {
    await this.end(worker);
    this.#startWorker(worker.role);
  }

  async endAll(role: Role): Promise<void> {
    await Promise.all(this.#allOf(role).map((worker) => this.end(worker)));
  }

  /** Resolves when each process has written down something more; what does not is a crash. */
  async allAreAtWork(): Promise<void> {
    await Promise.all([...this.#workers].map(async ({ role, path }) => {
      const before = await sizeOf(path);
      await until("it works", async () => await sizeOf(path) > before)
        .catch(() => this.crashes.push(`a ${role} that did nothing any more`));
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map(({ program }) => program.kill()));
    await this.#resources.disposeAsync();
  }

  #allOf(role: Role): Worker[] {
    return [...this.#workers].filter((worker) => worker.role === role);
  }

  #startWorker(role: Role): void {
    const path = `${this.#dir}/ledger-${this.fates.length}`;
    Deno.writeTextFileSync(path, "");
    const program = startProgram(`soak_${role}`, this.proxy.port, path);
    const worker = { role, program, path, wasKilled: false, isEnding: false, suspended: [] };
    this.fates.push(worker);
    this.#workers.add(worker);
    program.ended.then((code) => {
      if (worker.isEnding) return;
      this.crashes.push(`a ${role}, with code ${code}`);
      this.#workers.delete(worker);
    });
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
