import { LONGEST_DELAY } from "../../delay.ts";
import { report } from "../../report.ts";
import { bytes } from "../../serializers.ts";
import type { Command } from "../command.ts";
import { CommandError, StreamError } from "../errors.ts";
import { secondsOf } from "../given_options.ts";
import { linesStored, LineStore } from "../line_store.ts";
import { splitLines } from "../io/split_lines.ts";
import { openQueue, QUEUE_OPTIONS } from "../open_queue.ts";
import { Progress } from "../io/progress.ts";
import { stdinUntil } from "../io/stdin.ts";
import { abortAfter, READER_PATIENCE_MS } from "../stop_signals.ts";

export const producer: Command = {
  summary: "puts each line of its input into a queue",
  about: "Puts each line of stdin into a queue, byte for byte, without its line ending.",
  options: {
    json: { help: "accept only lines that are JSON documents" },
    "order-key": {
      value: "FIELD",
      help:
        "accept only JSON objects; those with the same value of FIELD are handled one at a time, in order",
    },
    delay: { value: "S", help: "queue each item S seconds after its line was read" },
    verbose: { help: "print the uid of each stored item" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "printf 'Hello World\\nFoo bar\\n' | {} producer",
    "producer --name mails --json < mails.ndjson",
    "producer --name orders --order-key customer < orders.ndjson",
    "echo 'Time is up' | {} producer --delay 90",
    "tail -f app.log | {} producer --name log --url redis://10.0.0.5:6379/7",
  ],

  async run(given, { stop }) {
    const verbose = given.flags.has("verbose");
    const delay = secondsOf(given, "delay", LONGEST_DELAY) ?? 0;
    await using queue = await openQueue(
      given,
      // A producer needs no cleaner: the consumers have theirs.
      { serializer: bytes, autocleanInterval: null },
      stop,
    );
    const overdue = abortAfter(stop, READER_PATIENCE_MS, new Error("nobody reads the uids"));
    const json = given.flags.has("json");
    const orderField = given.values.get("order-key");
    const store = new LineStore(queue, { json, orderField, verbose, delay, overdue });
    // A progress line would mix with what the user types, and with the uids.
    const shows = Deno.stderr.isTerminal() && !Deno.stdin.isTerminal() && !verbose;
    try {
      await storeInput(store, stop, shows ? new Progress("lines") : undefined);
    } catch (error) {
      if (error === stop.reason) report(`Stopped; ${linesStored(store.stored)}`);
      if (error instanceof StreamError) {
        throw new CommandError(`${error.message}; ${linesStored(store.stored)}`);
      }
      throw error;
    }
  },
};

/** Stores all lines of stdin. While lines are on their way to Redis, it reads the next chunk, and no more. */
async function storeInput(
  store: LineStore,
  stop: AbortSignal,
  progress: Progress | undefined,
): Promise<void> {
  const failed = new AbortController();
  const input = stdinUntil(AbortSignal.any([stop, failed.signal]));
  let underWay = Promise.resolve();
  try {
    for await (const lines of splitLines(input)) {
      await underWay;
      progress?.show(store.stored);
      underWay = store.put(lines);
      // Ends the wait for the next chunk, which may take long to come.
      underWay.catch((error) => failed.abort(error));
    }
  } finally {
    progress?.end();
    await underWay;
  }
}
