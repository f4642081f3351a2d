import { streamSSE } from "hono/streaming";
import { sleep } from "../connection/time_limit.ts";
import { QueueClosedError } from "../errors.ts";
import { lineOf, report } from "../report.ts";
import { verdictOf } from "./trouble.ts";
import { type Pieces, SPOKEN } from "./view/pieces.ts";
import type { Visitor } from "./site.ts";

/** Milliseconds between two looks at Redis. */
const INTERVAL_MS = 2_000;
/** Milliseconds between two things that a screen reader tells: it needs some for each. */
const SPEAKING_MS = 20_000;
/**
 * The longest that one answer lasts. Then the browser asks again, by itself: so `authorize` is asked again, and a server that waits
 * for its answers when it is stopped does not wait for ever.
 */
const LONGEST_MS = 60_000;

/**
 * Renews a page by server-sent events: all its pieces at first, then those that have changed. Looks at Redis only while the
 * browser listens.
 */
export function sendPieces(context: Visitor, piecesOf: () => Promise<Pieces>): Response {
  return streamSSE(context, async (stream) => {
    const ended = new AbortController();
    stream.onAbort(() => ended.abort());
    const end = performance.now() + LONGEST_MS;
    const known = new Map<string, string>();
    // The page has said it.
    let spokenAt = performance.now();
    await stream.writeSSE({ data: "", event: "hello", retry: 1_000 });
    while (!stream.aborted && performance.now() < end) {
      try {
        const { [SPOKEN]: spoken, ...pieces } = await piecesOf();
        const speaks = spoken !== undefined &&
          performance.now() - spokenAt >= SPEAKING_MS;
        const changed = changesOf(speaks ? { ...pieces, [SPOKEN]: spoken } : pieces, known);
        if (Object.hasOwn(changed, SPOKEN)) spokenAt = performance.now();
        await stream.writeSSE({ event: "pieces", data: JSON.stringify(changed) });
      } catch (error) {
        if (error instanceof QueueClosedError) return;
        const { heading, status } = verdictOf(error);
        await stream.writeSSE({ event: "trouble", data: heading });
        if (status === 500) {
          // Not thrown: hono would send its text.
          report(`The dashboard has failed to renew a page: ${lineOf(error)}`);
          return;
        }
      }
      await sleep(INTERVAL_MS, ended.signal);
    }
    if (!stream.aborted) await stream.writeSSE({ event: "again", data: "" });
  });
}

/** The pieces that are not as `known` has them, which learns them. */
function changesOf(pieces: Pieces, known: Map<string, string>): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const [id, piece] of Object.entries(pieces)) {
    const text = String(piece);
    if (known.get(id) === text) continue;
    known.set(id, text);
    changed[id] = text;
  }
  return changed;
}
