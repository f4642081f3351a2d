import { MAX_ERROR_TEXT } from "../error_text.ts";
import type { Run } from "./io/run_program.ts";

/** A run that ended without success. Its message is what is kept of it. */
export class FailedRun extends Error {
  /** How it ended; its stderr has told the rest already. */
  readonly end: string;

  constructor({ code, signal, overtime, stderr }: Run, timeout: number | undefined) {
    const end = overtime
      ? `ended after ${timeout} s`
      : signal === null
      ? `exit code ${code}`
      : `ended by ${signal}`;
    const [first, last] = stderr === ""
      ? [end, ""]
      : signal === null && !overtime
      ? ["", stderr]
      : [`${end}: `, stderr];
    super(first + last.slice(first.length - MAX_ERROR_TEXT));
    this.end = end;
  }
}
