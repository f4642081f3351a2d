/** The command line is wrong. */
export class UsageError extends Error {}

/** A command cannot do its work, for a reason that one line explains. */
export class CommandError extends Error {
  /** The exit code of the process. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Our stdin can't be read, or our stdout can't be written. */
export class StreamError extends CommandError {}

/** The exit codes that tell how a command ended that went well as such. */
export const SOME_FAILED = 3;
export const IS_PAUSED = 4;
