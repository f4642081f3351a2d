import type { Command, Option } from "./command.ts";

/** How the help texts call the program. */
export const PROGRAM = "deno run -A jsr:@saferedisqueue/saferedisqueue";

/** The exit codes, the same for every command. */
export const EXIT_CODES = `Exit codes:
  0         done; or stopped, if the command runs until it is stopped
  1         failed
  2         wrong usage
  3         items have failed and are not done (worker, consumer --exec)
  4         the queue is paused (worker --drain, consumer --idle)
  130, 143  stopped by Ctrl-C or SIGTERM before its work was done`;

const WIDTH = 90;
const HELP_OPTION = "-h, --help";

/** The first line of a command's help. */
export function usageOf(name: string, { operands }: Command): string {
  const words = operands === undefined ? "" : ` ${operands.usage}`;
  return `Usage: ${PROGRAM} ${name} [options]${words}`;
}

/** The help of a command, made from its fields. */
export function helpOf(name: string, command: Command): string {
  const options = Object.entries(command.options);
  const width = Math.max(HELP_OPTION.length, ...options.map((option) => heading(...option).length));
  const line = (title: string, help: string) =>
    `  ${title.padEnd(width)}  ` + wrap(help, WIDTH - width - 4).join(`\n${" ".repeat(width + 4)}`);
  return [
    usageOf(name, command),
    "",
    ...command.about.split("\n").flatMap((paragraph) => wrap(paragraph, WIDTH)),
    "",
    ...options.map(([name, option]) => line(heading(name, option), option.help)),
    line(HELP_OPTION, "show this help"),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${exampleLine(example)}`),
    "",
    EXIT_CODES,
  ].join("\n");
}

function heading(name: string, { value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function exampleLine(example: string): string {
  return example.includes("{}") ? example.replace("{}", PROGRAM) : `${PROGRAM} ${example}`;
}

/** Breaks a text into lines of at most `width` characters. A longer word gets a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) {
      lines.push(`${lines.pop()} ${word}`);
    } else lines.push(word);
  }
  return lines;
}
