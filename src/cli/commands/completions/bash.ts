import type { Command, Option } from "../../command.ts";
import { functionName, optionsOf, TOP_OPTIONS } from "./words.ts";

/** A script for bash. It does not need the package bash-completion, and works for an alias too. */
export function bashCompletions(program: string, commands: ReadonlyMap<string, Command>): string {
  const name = functionName(program);
  return `${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words= i
  # bash splits --option=value into three words.
  [[ $current == = ]] && current=
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD-2]}
  COMPREPLY=()
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      local IFS=$'\\n'
      if ((i == COMP_CWORD - 1)); then COMPREPLY=($(compgen -c -- "$current"))
      else COMPREPLY=($(compgen -f -- "$current")); fi
      return
    fi
  done
  if ((COMP_CWORD == 1)); then
    words="${[...commands.keys()].join(" ")}"
    [[ $current == -* ]] && words="${TOP_OPTIONS.map(([option]) => `--${option}`).join(" ")}"
  else
    case \${COMP_WORDS[1]} in
${Array.from(commands, ([command, table]) => caseOf(command, table)).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${name} ${program}
`;
}

function caseOf(name: string, command: Command): string {
  const options = optionsOf(command);
  const values = options.filter(([, { value }]) => value !== undefined);
  return `    ${name})
      case $previous in
${values.map(valueCase).join("\n")}
      *) words="${options.map(([option]) => `--${option}`).join(" ")}" ;;
      esac${operandLine(command)}
      ;;`;
}

function valueCase([name, { choices = [] }]: [string, Option]): string {
  return `      --${name}) words="${choices.join(" ")}" ;;`;
}

function operandLine({ operands }: Command): string {
  if (operands?.choices === undefined) return "";
  return `
      ((COMP_CWORD == 2)) && [[ $current != -* ]] && words="${operands.choices.join(" ")}"`;
}
