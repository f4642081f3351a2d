import { bytes } from "../serializers.ts";
import { type Command, COMMON_HELP, PROGRAM } from "./command.ts";
import { linesStored, LineStore } from "./line_store.ts";
import { linesOf } from "./lines.ts";
import { openQueue } from "./open_queue.ts";
import { Progress } from "./progress.ts";
import { stdinUntil } from "./stdin.ts";
import { later, READER_PATIENCE_MS } from "./stop_signals.ts";

export const producer: Command = {
  summary: "puts each line of its input into a queue",
  help: `Usage: ${PROGRAM} producer [options]

Puts each line of stdin into a queue, to the byte, without its line ending.

  --name NAME    name of the queue; default: test
  --json         accept only lines that are JSON documents
  --verbose      print the uid of each stored item
${COMMON_HELP}

Examples:
  printf 'Hello World\\nFoo bar\\n' | ${PROGRAM} producer
  ${PROGRAM} producer --name mails --json < mails.ndjson
  tail -f app.log | ${PROGRAM} producer --name log --url redis://10.0.0.5:6379/7
`,
  options: { flags: ["json", "verbose"], values: ["name", "url"] },

  async run(given, stop) {
    const verbose = given.flags.has("verbose");
    await using queue = await openQueue(
      given,
      // The consumers have a cleaner; one more here would only keep a second eye on their leases.
      { serializer: bytes, autocleanInterval: null },
      stop,
    );
    const overdue = later(stop, READER_PATIENCE_MS, new Error("nobody reads the uids"));
    const store = new LineStore(queue, { json: given.flags.has("json"), verbose, overdue });
    // Not where it would mix with what the user types, or with the uids.
    const shows = Deno.stderr.isTerminal() && !Deno.stdin.isTerminal() && !verbose;
    try {
      await storeInput(store, stop, shows ? new Progress() : undefined);
    } catch (error) {
      if (error === stop.reason) console.error(`Stopped; ${linesStored(store.stored)}`);
      throw error;
    }
  },
};

/** Stores all of stdin. While lines are on their way to Redis it reads on, but no further than the next chunk. */
async function storeInput(
  store: LineStore,
  stop: AbortSignal,
  progress: Progress | undefined,
): Promise<void> {
  const failed = new AbortController();
  const input = stdinUntil(AbortSignal.any([stop, failed.signal]));
  let underWay = Promise.resolve();
  try {
    for await (const lines of linesOf(input)) {
      await underWay;
      progress?.show(store.stored);
      underWay = store.put(lines);
      // The next chunk may be long in coming.
      underWay.catch((error) => failed.abort(error));
    }
  } finally {
    progress?.end();
    await underWay;
  }
}
