import type { StopSignals } from "./stop_signals.ts";

/** An option of a command. */
export interface Option {
  /** What its help calls its value; an option without one is a flag. */
  value?: string;
  /** Values to choose from, or common ones. */
  choices?: string[];
  help: string;
}

/** The words that a command takes beside its options. */
export interface Operands {
  /** How its usage shows them. */
  usage: string;
  /** Most of them. */
  max: number;
  /** What the first of them must be. */
  choices?: string[];
  /** Whether they are a command line of their own, and follow a "--". */
  commandLine?: boolean;
}

/** The options that were given, and the words beside them. */
export interface GivenOptions {
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, string>;
  operands: readonly string[];
}

/** One command of the command line. */
export interface Command {
  /** What it does, in a few words. */
  summary: string;
  /** What it does, in sentences. */
  about: string;
  operands?: Operands;
  /** By name, in the order of the help; `--help` is one of every command. */
  options: Record<string, Option>;
  /** What follows the program's name; `{}` stands for that name where something precedes it. */
  examples: string[];
  /** Whether it gives something back at the second signal, and so has a moment until the process ends. */
  givesBack?: boolean;
  /**
   * Does the command's work. When `signals.stop` aborts it ends soon: normally where its work is to run until stopped, and
   * by throwing the signal's reason where it is left unfinished.
   */
  run(given: GivenOptions, signals: StopSignals): Promise<void>;
}
