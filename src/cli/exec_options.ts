import { LONGEST_DELAY } from "../delay.ts";
import { type Backoff, exponentialBackoff } from "../worker/backoff.ts";
import type { GivenOptions, Option } from "./command.ts";
import { UsageError } from "./errors.ts";
import { countOf, secondsOf } from "./given_options.ts";
import type { CommandLine } from "./io/run_program.ts";

/** The options of the commands that run a program for each item. */
export const EXEC_OPTIONS: Record<string, Option> = {
  arg: { help: "give the item to the command as its last argument, instead of on stdin" },
  raw: { help: "give the item to the command as it is, without a newline at its end" },
  concurrency: { value: "N", help: "run up to N commands at the same time; default: 1" },
  "run-timeout": {
    value: "S",
    help: "end a run that takes longer than S seconds; its item has failed",
  },
  "max-attempts": {
    value: "N",
    help: "make an item a dead letter when it has failed N times; default: no limit",
  },
  backoff: {
    value: "S",
    choices: ["exponential"],
    help:
      'queue a failed item again after S seconds; "exponential": after 1 s, 2 s, 4 s and so on, ' +
      "up to an hour; default: immediately",
  },
  "on-dead": {
    value: "WHAT",
    choices: ["continue", "hold"],
    help:
      '"hold": a dead letter holds up the items with its order key until it is requeued or deleted; ' +
      'default: "continue"',
  },
  drain: {
    help: "stop as soon as the queue is empty, or paused; say what was done, also by the exit code",
  },
};

/** What the user gave of {@linkcode EXEC_OPTIONS}. */
export interface ExecOptions {
  /** How a command gets its item. */
  input: "line" | "raw" | "argument";
  concurrency: number | undefined;
  /** Seconds. */
  runTimeout: number | undefined;
  maxAttempts: number | undefined;
  backoff: Backoff | undefined;
  onDead: "hold" | "continue" | undefined;
  drain: boolean;
}

export function execOptionsOf(given: GivenOptions): ExecOptions {
  return {
    input: inputOf(given),
    concurrency: countOf(given, "concurrency"),
    runTimeout: runTimeoutOf(given),
    maxAttempts: countOf(given, "max-attempts"),
    backoff: backoffOf(given),
    onDead: onDeadOf(given),
    drain: given.flags.has("drain"),
  };
}

/** The command that runs `line` in a shell. */
export function lineCommand(line: string, given: GivenOptions): CommandLine {
  // The words behind the script are $0 and its arguments. "$@" keeps the item one word.
  const args = given.flags.has("arg") ? ["-c", `${line} "$@"`, "sh"] : ["-c", line];
  return { program: "sh", args };
}

function inputOf({ flags }: GivenOptions): ExecOptions["input"] {
  if (flags.has("arg") && flags.has("raw")) {
    throw new UsageError("Both --arg and --raw are given: choose one");
  }
  return flags.has("arg") ? "argument" : flags.has("raw") ? "raw" : "line";
}

function backoffOf(given: GivenOptions): Backoff | undefined {
  return given.values.get("backoff") === "exponential"
    ? exponentialBackoff()
    : secondsOf(given, "backoff", LONGEST_DELAY);
}

function onDeadOf(given: GivenOptions): "hold" | "continue" | undefined {
  const value = given.values.get("on-dead");
  if (value === undefined || value === "hold" || value === "continue") return value;
  throw new UsageError(
    `The option --on-dead is ${JSON.stringify(value)}: expected hold or continue`,
  );
}

function runTimeoutOf(given: GivenOptions): number | undefined {
  const timeout = secondsOf(given, "run-timeout");
  if (timeout !== 0) return timeout;
  throw new UsageError(
    "The timeout of a run is 0: no run could end in time; use --drain to stop when the queue is empty",
  );
}
