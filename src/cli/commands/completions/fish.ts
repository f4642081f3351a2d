import type { Command, Option } from "../../command.ts";
import { briefly, functionName, optionsOf, TOP_OPTIONS } from "./words.ts";

/** A script for fish. */
export function fishCompletions(program: string, commands: ReadonlyMap<string, Command>): string {
  const is = `_${functionName(program)}_command_is`;
  const complete = (condition: string, words: string) =>
    `complete -c ${program} -n ${quote(`${is} ${condition}`)} ${words}`;
  const lines = TOP_OPTIONS.map((option) => complete('""', optionWords(...option)));
  for (const [name, command] of commands) {
    lines.push(complete('""', `-a ${name} -d ${quote(command.summary)}`));
    for (const option of optionsOf(command)) lines.push(complete(name, optionWords(...option)));
    const { choices, commandLine } = command.operands ?? {};
    if (choices !== undefined) lines.push(complete(name, `-a ${quote(choices.join(" "))}`));
    if (commandLine) {
      lines.push(
        complete(`${name}; and test ${BEFORE}[-1] = --`, "-a '(__fish_complete_command)'"),
      );
      lines.push(complete(`${name}; and contains -- -- ${BEFORE}[1..-2]`, "-F"));
    }
  }
  return `function ${is}
  set -l words ${BEFORE}
  test "$words[2]" = "$argv[1]"
end
complete -c ${program} -f
${lines.join("\n")}
`;
}

/** The words before the one that is completed. */
const BEFORE = "(commandline -opc)";

function optionWords(name: string, option: Option): string {
  const { value, choices = [] } = option;
  const argument = value === undefined ? "" : ` -x -a ${quote(choices.join(" "))}`;
  return `-l ${name}${argument} -d ${quote(briefly(option))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
