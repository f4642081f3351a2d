import { createLazyClient, type Redis } from "@db/redis";

/** The benchmark's Redis, over a connection that no queue uses. */
export class Server implements Disposable {
  readonly #client;

  private constructor(client: Redis) {
    this.#client = client;
  }

  static async connect(port: number): Promise<Server> {
    const client = createLazyClient({ hostname: "127.0.0.1", port, maxRetryCount: 0 });
    await client.connect();
    return new Server(client);
  }

  command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#client.sendCommand(name, args);
  }

  /** A field of INFO. */
  async info(section: string, field: string): Promise<string> {
    const text = String(await this.command("INFO", section));
    const value = new RegExp(`^${field}:(.*?)\r?$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`INFO ${section} has no field ${field}`);
    return value;
  }

  /** Seconds of CPU time that the server has used. */
  async cpu(): Promise<number> {
    const parts = ["used_cpu_user", "used_cpu_sys"].map((field) => this.info("cpu", field));
    return (await Promise.all(parts)).reduce((sum, seconds) => sum + Number(seconds), 0);
  }

  async memory(): Promise<number> {
    return Number(await this.info("memory", "used_memory"));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
