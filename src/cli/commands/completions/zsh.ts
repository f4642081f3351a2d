import type { Command, Operands, Option } from "../../command.ts";
import { briefly, functionName, optionsOf, TOP_OPTIONS } from "./words.ts";

/** A script for zsh. Evaluate it after compinit, or save it as a file in $fpath. */
export function zshCompletions(program: string, commands: ReadonlyMap<string, Command>): string {
  const name = functionName(program);
  return `#compdef ${program}
${name}() {
  local context curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${TOP_OPTIONS.map(([option, table]) => `    ${quote(optionSpec(option, table))} \\`).join("\n")}
    '1: :->command' '*:: :->rest'
  case $state in
  command)
    local -a commands=(
${
    Array.from(commands, ([command, { summary }]) => `      ${quote(`${command}:${summary}`)}`)
      .join("\n")
  }
    )
    _describe command commands
    ;;
  rest)
    case $line[1] in
${Array.from(commands, ([command, table]) => caseOf(command, table)).join("\n")}
    esac
    ;;
  esac
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`;
}

function caseOf(name: string, command: Command): string {
  const specs = optionsOf(command).map(([option, table]) => optionSpec(option, table));
  return `    ${name})
      _arguments -S ${
    [...specs, ...operandSpecs(command.operands)].map(quote).join(" \\\n        ")
  }
      ;;`;
}

function optionSpec(name: string, option: Option): string {
  const help = briefly(option).replace(/[[\]\\:]/g, "\\$&");
  if (option.value === undefined) return `--${name}[${help}]`;
  const choices = option.choices === undefined ? " " : `(${option.choices.join(" ")})`;
  return `--${name}=[${help}]:${option.value}:${choices}`;
}

function operandSpecs(operands?: Operands): string[] {
  if (operands === undefined) return [];
  if (operands.commandLine) return ["(-)1: :_command_names -e", "*:: :_normal"];
  return operands.choices === undefined ? [] : [`1: :(${operands.choices.join(" ")})`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
