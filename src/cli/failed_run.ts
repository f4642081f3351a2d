import { MAX_ERROR_TEXT } from "../error_text.ts";
import type { Run } from "./io/run_program.ts";

/** A run that failed. Its message is kept with the item. */
export class FailedRun extends Error {
  /** How it ended. The worker prints only this, since it has passed on the run's stderr already. */
  readonly end: string;

  constructor({ code, signal, overtime, stderr }: Run, timeout: number | undefined) {
    const exited = signal === null && !overtime;
    const end = exited
      ? `exit code ${code}`
      : overtime
      ? `ended after ${timeout} s`
      : `ended by ${signal}`;
    const start = stderr === "" ? end : exited ? "" : `${end}: `;
    super(start + stderr.slice(start.length - MAX_ERROR_TEXT));
    this.end = end;
  }
}
