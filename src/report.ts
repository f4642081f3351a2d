// deno-lint-ignore-file no-console -- this is where the library prints
import { errorText } from "./error_text.ts";

/**
 * Prints a line on stderr: the only way in which the library and its command line report. What can't be written is
 * dropped, since a full disk under a log must not end the work.
 */
export function report(text: string): void {
  try {
    console.error(text);
  } catch {
    // Nobody reads it.
  }
}

/** The text of an error, on one line: a log counts lines, and a terminal obeys control characters. */
export function lineOf(error: unknown): string {
  return errorText(error).replace(/\p{Cc}+/gu, " ").trim();
}
