import { waitFor } from "../../connection/time_limit.ts";

/** What comes in on stdin, until its end; throws the reason of `stop` when that aborts. */
export async function* stdinUntil(stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = Deno.stdin.readable.getReader();
  for (;;) {
    const { done, value } = await waitFor(reader.read(), { signal: stop });
    if (done) return;
    yield value;
  }
}
