import type { StopSignals } from "./stop_signals.ts";

/** An option of a command. */
export interface Option {
  /** How the help names its value. An option without it is a flag. */
  value?: string;
  /** Values to choose from, or common ones. */
  choices?: string[];
  /** Whether it may be given several times, and all its values count. */
  repeats?: boolean;
  help: string;
}

/** The words that a command takes beside its options. */
export interface Operands {
  /** How the usage line shows them. */
  usage: string;
  /** The highest number of them. */
  max: number;
  /** The words that the first of them can be. */
  choices?: string[];
  /** Whether they are the command line of another program, and follow a "--". */
  commandLine?: boolean;
}

/** The options that were given, and the words beside them. */
export interface GivenOptions {
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, string>;
  /** All values of the options that repeat. */
  lists: ReadonlyMap<string, readonly string[]>;
  operands: readonly string[];
}

/** One command of the command line. */
export interface Command {
  /** What it does, in a few words. */
  summary: string;
  /** What it does, in sentences. */
  about: string;
  operands?: Operands;
  /** By name, in the order of the help. Every command also has `--help`. */
  options: Record<string, Option>;
  /** Command lines without the program's name. `{}` stands for that name if something precedes it. */
  examples: string[];
  /** Whether it gives items back after the second signal. If so, the process ends a moment later. */
  givesBack?: boolean;
  /**
   * Does the command's work. Ends soon after `signals.stop` aborts: a command that runs until it is stopped resolves; any
   * other throws the signal's reason, since its work is not done.
   */
  run(given: GivenOptions, signals: StopSignals): Promise<void>;
}
