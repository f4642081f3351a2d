/** A plain word: what was encoded or quoted has other characters in it, or digits among its letters. */
const WORD = /^\(?(?:[A-Z]?[a-z]{1,20}(?:['-][a-z]{1,20})*|[A-Z]{1,20}|\d{1,5})[,.;!?)]*\s*$/;
/** Commands that carry a password, of which a client of the user's own may be the only one to know. */
const TELLTALE = /^(?:AUTH|HELLO)\b/;
/** What stands in place of the rest. */
export const LEFT_OUT = "...";

/** How `text` begins, as far as it is plain words: a server's error quotes what it was sent behind them. */
export function proseOf(text: string): string {
  let prose = "";
  for (const [word] of text.matchAll(/\S+\s*/g)) {
    if (!WORD.test(word)) return `${prose}${LEFT_OUT}`;
    prose += word;
    if (TELLTALE.test(word)) return `${prose.trim()} ${LEFT_OUT}`;
  }
  return prose.trim();
}
