/** Takes all traces and metrics that a program exports, and forgets them. */
export class TelemetrySink implements AsyncDisposable {
  /** The variables with which a program exports to it. */
  readonly environment: Record<string, string>;
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      await request.body?.pipeTo(new WritableStream());
      return new Response();
    },
  );

  /** @param sampler As in the variable OTEL_TRACES_SAMPLER. */
  constructor(sampler: string) {
    this.environment = {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_TRACES_SAMPLER: sampler,
      // What the program prints is for the benchmark.
      OTEL_DENO_CONSOLE: "ignore",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
