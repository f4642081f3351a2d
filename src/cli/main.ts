import { QueueError } from "../errors.ts";
import { quoteWithoutPassword } from "../redis_url.ts";
import { type Command, PROGRAM } from "./command.ts";
import { consumer } from "./consumer.ts";
import { demo } from "./demo.ts";
import { CommandError, messageOf, UsageError } from "./errors.ts";
import { readOptions } from "./given_options.ts";
import { producer } from "./producer.ts";
import { listenForStop, Stopped } from "./stop_signals.ts";
import { VERSION } from "./version.ts";

const COMMANDS = new Map<string, Command>(Object.entries({ producer, consumer, demo }));

const HELP = `Usage: ${PROGRAM} COMMAND [options]

A reliable FIFO queue on Redis.

Commands:
${Array.from(COMMANDS, ([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

  -h, --help   show this help; after a command: the command's options
  --version    show the version
`;

/** Errors whose message tells the user all that helps. */
const EXPLAINED = [CommandError, QueueError, Deno.errors.NotCapable];

/**
 * Runs the command line and ends the process: with 0 when all went well, 1 when not, 2 when the command line is wrong, and
 * 130 or 143 when it was stopped in the middle of its work.
 *
 * @param args The words after the program's name; those of this process by default.
 */
export async function main(args: string[] = Deno.args): Promise<never> {
  const { stop, again } = listenForStop();
  Deno.exit(await Promise.race([exitCodeOf(args, stop), again.then((end) => end.exitCode)]));
}

async function exitCodeOf(args: string[], stop: AbortSignal): Promise<number> {
  const [name = "", ...rest] = args;
  const command = COMMANDS.get(name);
  try {
    if (command === undefined) runWithoutCommand(args);
    else await runCommand(command, rest, stop);
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return error.exitCode;
    if (error instanceof UsageError) {
      const usage = command === undefined ? HELP : usageOf(name, command);
      console.error(`${error.message}\n\n${usage.trimEnd()}`);
      return 2;
    }
    if (EXPLAINED.some((kind) => error instanceof kind)) console.error(messageOf(error));
    else console.error(error); // a bug: with its stack trace
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function runCommand(command: Command, args: string[], stop: AbortSignal): Promise<void> {
  const given = readOptions(args, command.options);
  if (given.flags.has("help")) console.log(command.help.trimEnd());
  else await command.run(given, stop);
}

function runWithoutCommand(args: string[]): void {
  const [name] = args;
  if (name !== undefined && !name.startsWith("-")) {
    throw new UsageError(`Unknown command ${quoteWithoutPassword(name)}`);
  }
  const { flags } = readOptions(args, { flags: ["version"], values: [] });
  if (flags.has("help")) console.log(HELP.trimEnd());
  else if (flags.has("version")) console.log(VERSION);
  else throw new UsageError("A command is missing");
}

function usageOf(name: string, { help }: Command): string {
  const [usage] = help.split("\n");
  return `${usage}\n${name} --help lists the options.`;
}
