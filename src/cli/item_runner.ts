import { ItemDeletedError } from "../errors.ts";
import type { QueueItem } from "../queue_item.ts";
import { report } from "../report.ts";
import { CommandError } from "./errors.ts";
import type { ExecOptions } from "./exec_options.ts";
import { FailedRun } from "./failed_run.ts";
import { concat } from "./io/concat.ts";
import { textOf } from "./io/item_text.ts";
import { type CommandLine, type Run, runProgram } from "./io/run_program.ts";
import { throwUnlessUnread } from "./io/stdout.ts";
import type { StopSignals } from "./stop_signals.ts";

/** Runs a command for each item that it handles. What is no item's fault fails none, and ends the work. */
export class ItemRunner {
  /** How many runs were begun. */
  begun = 0;
  /** How many of them have failed. */
  failed = 0;
  readonly #command: CommandLine;
  readonly #options: ExecOptions;
  readonly #signals: StopSignals;
  readonly #hopeless = new AbortController();
  /** Why our stdout takes no more. */
  #unwritten: unknown;

  constructor(command: CommandLine, options: ExecOptions, signals: StopSignals) {
    this.#command = command;
    this.#options = options;
    this.#signals = signals;
  }

  /** Aborts when no further item can be done. */
  get hopeless(): AbortSignal {
    return this.#hopeless.signal;
  }

  /** Throws why no further item can be done, if that is so. That nobody reads our stdout is no failure. */
  throwIfHopeless(): void {
    if (this.#unwritten === undefined) this.#hopeless.signal.throwIfAborted();
    else throwUnlessUnread(this.#unwritten, this.#signals.now);
  }

  readonly handle = async (item: QueueItem<Uint8Array>): Promise<void> => {
    this.begun++;
    try {
      await this.#handle(item);
    } catch (error) {
      if (error instanceof ItemDeletedError) {
        report(`Item ${item.uid}, attempt ${item.attempt}: ended, since the item was deleted`);
        return;
      }
      this.failed++;
      if (!(error instanceof FailedRun)) throw error;
      report(`Item ${item.uid}, attempt ${item.attempt}: ${error.end}`);
      await item.fail({ error });
    }
  };

  async #handle(item: QueueItem<Uint8Array>): Promise<void> {
    const { stop, now } = this.#signals;
    let run: Run;
    try {
      run = await this.#run(item);
    } catch (error) {
      if (!isHopeless(error)) throw error;
      // The command fails for every item, so no attempt is counted.
      this.#hopeless.abort(cannotRun(this.#command, error));
      await item.release();
      return;
    }
    if (item.signal.aborted) throw item.signal.reason;
    if (run.unwritten !== undefined && !now.aborted) {
      // What the command wrote is lost, whatever its exit code says.
      this.#unwritten ??= run.unwritten;
      this.#hopeless.abort();
      await item.release();
    } else if (now.aborted || (stop.aborted && wasStopped(run))) await item.release();
    else if (run.code !== 0 || run.overtime) throw new FailedRun(run, this.#options.runTimeout);
  }

  async #run(item: QueueItem<Uint8Array>): Promise<Run> {
    const { input, runTimeout = Infinity } = this.#options;
    return await runProgram(this.#command, {
      ...INPUTS[input](item.payload),
      env: {
        SRQ_UID: item.uid,
        SRQ_ATTEMPT: String(item.attempt),
        // No variable can have a NUL.
        SRQ_ORDER_KEY: item.orderKey?.includes("\0") ? "" : item.orderKey ?? "",
      },
      timeoutMs: runTimeout * 1000,
      terminate: item.signal,
      kill: this.#signals.now,
    });
  }
}

const NEWLINE = Uint8Array.of("\n".charCodeAt(0));

/** How a command gets its item. */
const INPUTS: Record<
  ExecOptions["input"],
  (item: Uint8Array) => { argument: string } | { stdin: Uint8Array }
> = {
  // Without the newline, `read` of a shell would say that it failed.
  line: (item) => ({ stdin: concat([item, NEWLINE]) }),
  raw: (item) => ({ stdin: item }),
  argument: (item) => {
    const text = textOf(item);
    if (text !== undefined && !text.includes("\0")) return { argument: text };
    throw new Error("The item is not text, and cannot be an argument");
  },
};

/** Whether the signal that stopped this program also ended the run: a service manager sends it to all. */
function wasStopped({ code, overtime }: Run): boolean {
  return !overtime && STOPPED_CODES.has(code);
}

/** The exit codes of a shell in which SIGINT or SIGTERM ended a program. */
const STOPPED_CODES = new Set([130, 143]);

/** Whether the command can't start, whatever the item is. */
function isHopeless(error: unknown): boolean {
  return [Deno.errors.NotFound, Deno.errors.PermissionDenied, Deno.errors.NotCapable]
    .some((kind) => error instanceof kind);
}

function cannotRun({ program }: CommandLine, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  const why = error instanceof Deno.errors.NotFound ? "there is no such program" : "not permitted";
  return new CommandError(`Cannot run ${JSON.stringify(program)}: ${why}`);
}
