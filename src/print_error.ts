// deno-lint-ignore-file no-console -- this is where the library prints
import { errorText } from "./error_text.ts";

/** Prints an error in full or, if it does not let itself be shown, its text. */
export function printError(error: unknown): void {
  try {
    console.error(error);
  } catch {
    console.error(errorText(error));
  }
}
