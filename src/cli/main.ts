import { sleep } from "../connection/time_limit.ts";
import { QueueError } from "../errors.ts";
import { errorText } from "../error_text.ts";
import { report } from "../report.ts";
import { quoteWithoutPassword } from "../connection/redis_url.ts";
import { COMMANDS } from "./commands.ts";
import type { Command } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";
import { readOptions } from "./given_options.ts";
import { EXIT_CODES, helpOf, PROGRAM, usageOf } from "./help.ts";
import { print } from "./io/stdout.ts";
import { listenForStop, Stopped, type StopSignals } from "./stop_signals.ts";
import { VERSION } from "../version.ts";

const HELP = `Usage: ${PROGRAM} COMMAND [options]

A reliable FIFO queue on Redis.

Commands:
${Array.from(COMMANDS, ([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`).join("\n")}

  -h, --help     show this help; after a command: the help of that command
  --version      show the version

${EXIT_CODES}`;

/** How long a command has, after a second signal, to give back its items. */
const GIVE_BACK_MS = 1_000;

/** Errors whose message is enough for the user. All others are bugs, and shown with their stack trace. */
const EXPLAINED = [CommandError, QueueError, Deno.errors.NotCapable];

/**
 * Runs the command line and ends the process. The exit code is 0 if all went well, 1 if the command failed, 2 if the
 * command line is wrong, and 130 or 143 if a signal stopped the command before its work was done.
 *
 * @param args The words after the program's name; those of this process by default.
 */
export async function main(args: string[] = Deno.args): Promise<never> {
  const [name = "", ...rest] = args;
  const command = COMMANDS.get(name);
  const signals = listenForStop();
  const exitCode = command === undefined
    ? await exitCodeOf(HELP, () => runWithoutCommand(args))
    : await Promise.race([
      exitCodeOf(shortHelpOf(name, command), () => runCommand(name, command, rest, signals)),
      secondSignal(command, signals),
    ]);
  Deno.exit(exitCode);
}

/** Resolves to the exit code after a second signal, which ends the process whatever its command does. */
async function secondSignal({ givesBack = false }: Command, { now }: StopSignals): Promise<number> {
  await new Promise((resolve) => now.addEventListener("abort", resolve));
  if (givesBack) await sleep(GIVE_BACK_MS);
  return (now.reason as Stopped).exitCode;
}

/** Runs `action` and resolves to the exit code. Prints the error, if any, and `usage` if the command line is wrong. */
async function exitCodeOf(usage: string, action: () => void | Promise<void>): Promise<number> {
  try {
    await action();
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return error.exitCode;
    if (error instanceof UsageError) {
      report(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (EXPLAINED.some((kind) => error instanceof kind)) report(errorText(error));
    else report(Deno.inspect(error));
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function runCommand(
  name: string,
  command: Command,
  args: string[],
  signals: StopSignals,
): Promise<void> {
  const given = readOptions(args, command);
  if (given.flags.has("help")) await print(`${helpOf(name, command)}\n`);
  else await command.run(given, signals);
}

async function runWithoutCommand(args: string[]): Promise<void> {
  const [name] = args;
  if (name !== undefined && !name.startsWith("-")) {
    throw new UsageError(`Unknown command ${quoteWithoutPassword(name)}`);
  }
  const { flags } = readOptions(args, { options: { version: { help: "show the version" } } });
  if (flags.has("help")) await print(`${HELP}\n`);
  else if (flags.has("version")) await print(`${VERSION}\n`);
  else throw new UsageError("A command is missing");
}

function shortHelpOf(name: string, command: Command): string {
  return `${usageOf(name, command)}\n${name} --help lists the options.`;
}
