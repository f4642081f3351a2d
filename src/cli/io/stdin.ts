import { waitFor } from "../../connection/time_limit.ts";

/** The chunks of stdin, until its end. Throws the reason of `stop` when that aborts. */
export async function* stdinUntil(stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = Deno.stdin.readable.getReader();
  for (;;) {
    const { done, value } = await waitFor(reader.read(), { signal: stop });
    if (done) return;
    yield value;
  }
}
