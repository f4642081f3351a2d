import { waitFor } from "../../connection/time_limit.ts";
import { errorText } from "../../error_text.ts";
import { StreamError } from "../errors.ts";

/**
 * The chunks of stdin, until its end. Throws the reason of `stop` when that aborts, and a {@linkcode StreamError} if stdin
 * can't be read: it may be a directory.
 */
export async function* stdinUntil(stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = Deno.stdin.readable.getReader();
  for (;;) {
    const { done, value } = await waitFor(reader.read(), { signal: stop }).catch((error) => {
      if (stop.aborted) throw stop.reason;
      throw new StreamError(`Cannot read stdin: ${errorText(error)}`);
    });
    if (done) return;
    yield value;
  }
}
