/** Maximum number of characters of an {@linkcode errorText}. */
export const MAX_ERROR_TEXT = 1_000;

/** The text of anything that was thrown: never empty, well-formed, and at most {@linkcode MAX_ERROR_TEXT} characters. Never throws. */
export function errorText(error: unknown): string {
  const text = textOf(error) || "an error without a text";
  return text.slice(0, MAX_ERROR_TEXT).toWellFormed();
}

/** Users throw all sorts of things: any look at one may throw in its turn. */
function textOf(error: unknown): string | undefined {
  try {
    const { message } = error as Error;
    if (typeof message === "string" && message !== "") return message;
  } catch {
    // Its text may do.
  }
  try {
    return String(error);
  } catch {
    return undefined;
  }
}
