/** A plain word. Encoded or quoted data has other characters in it, or digits between letters. */
const WORD = /^\(?(?:[A-Z]?[a-z]{1,20}(?:['-][a-z]{1,20})*|[A-Z]{1,20}|\d{1,5})[,.;!?)]*\s*$/;
/** Commands that carry a password. If the user's own client sends them, only that client knows the password. */
const TELLTALE = /^(?:AUTH|HELLO)\b/;
/** What is shown instead of the rest. */
export const LEFT_OUT = "...";

/**
 * Returns the plain words at the beginning of `text`. The error of a server quotes what it was sent after
 * them.
 */
export function proseOf(text: string): string {
  let prose = "";
  for (const [word] of text.matchAll(/\S+\s*/g)) {
    if (!WORD.test(word)) return `${prose}${LEFT_OUT}`;
    prose += word;
    if (TELLTALE.test(word)) return `${prose.trim()} ${LEFT_OUT}`;
  }
  return prose.trim();
}
