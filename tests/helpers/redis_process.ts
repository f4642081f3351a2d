import { startPrivateRedis } from "../../src/cli/private_redis.ts";
import { TestRedis } from "./redis.ts";
import { until } from "./until.ts";

/**
 * A Redis that can be killed, and started again on the same port and with the same data: it writes an append-only file
 * at each command.
 */
export class RedisProcess implements AsyncDisposable {
  readonly port: number;
  readonly #program: string;
  readonly #settings: string[];
  #process: Deno.ChildProcess;

  private constructor(
    port: number,
    program: string,
    settings: string[],
    process: Deno.ChildProcess,
  ) {
    this.port = port;
    this.#program = program;
    this.#settings = settings;
    this.#process = process;
  }

  static async start(): Promise<RedisProcess> {
    const dir = await Deno.makeTempDir();
    const settings = ["--dir", dir, "--appendonly", "yes", "--appendfsync", "always"];
    const server = await startPrivateRedis(settings);
    if (server === undefined) throw new Error("The tests need redis-server or valkey-server");
    return new RedisProcess(server.port, server.program, settings, server.process);
  }

  /** A plain connection for raw commands; it does not outlive the server. */
  async connect(): Promise<TestRedis> {
    const redis = new TestRedis({
      program: this.#program,
      process: this.#process,
      port: this.port,
      url: `redis://127.0.0.1:${this.port}`,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    await redis.command("PING");
    return redis;
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  /** Starts the process again; resolves when it answers. */
  async startAgain(): Promise<void> {
    this.#process = new Deno.Command(this.#program, {
      args: ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", ...this.#settings],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until("Redis answers again", () => this.#answers());
  }

  /** Freezes the process: its connections stay open, and nothing is answered. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {}); // killed by its test already
    await Deno.remove(this.#settings[1]!, { recursive: true });
  }

  async #answers(): Promise<boolean> {
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
      await connection.write(new TextEncoder().encode("PING\r\n"));
      const answer = new Uint8Array(5);
      await connection.read(answer);
      return new TextDecoder().decode(answer) === "+PONG";
    } catch {
      return false;
    }
  }
}
