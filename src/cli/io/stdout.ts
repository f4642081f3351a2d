import { waitFor } from "../../connection/time_limit.ts";
import { errorText } from "../../error_text.ts";
import { StreamError } from "../errors.ts";

/** The result of a write to stdout. */
interface Written {
  /** How many bytes stdout took. */
  bytes: number;
  /** Why it did not take the rest. */
  error?: unknown;
}

const encoder = new TextEncoder();

/** Bytes in one write. Few, since nobody knows how many bytes a write has taken that never ends. */
const MAX_WRITE = 64 * 1024;

let lastWrite: Promise<unknown> = Promise.resolve();

/**
 * Writes `data` to stdout, behind what is being written. Gives up when `overdue` aborts, since a paused reader may block a
 * write for ever.
 */
export function writeToStdout(data: Uint8Array, overdue?: AbortSignal): Promise<Written> {
  const written = lastWrite.then(() => write(data, overdue));
  lastWrite = written;
  return written;
}

async function write(data: Uint8Array, overdue?: AbortSignal): Promise<Written> {
  let bytes = 0;
  try {
    while (bytes < data.length) {
      const piece = data.subarray(bytes, bytes + MAX_WRITE);
      bytes += await waitFor(Deno.stdout.write(piece), { signal: overdue });
    }
    return { bytes };
  } catch (error) {
    return { bytes, error };
  }
}

/** Prints `text`; resolves to `false` if nobody reads stdout any more. */
export async function print(text: string | Uint8Array, overdue?: AbortSignal): Promise<boolean> {
  const data = typeof text === "string" ? encoder.encode(text) : text;
  const { error } = await writeToStdout(data, overdue);
  if (error === undefined) return true;
  throwUnlessUnread(error, overdue);
  return false;
}

/** Throws `error`, which ended a write, unless nobody reads stdout any more: that is no failure. */
export function throwUnlessUnread(error: unknown, overdue?: AbortSignal): void {
  if (overdue?.aborted || error instanceof Deno.errors.BrokenPipe) return;
  throw new StreamError(`Cannot write to stdout: ${errorText(error)}`);
}
