/** uids whose random parts are drawn together: each alone would cost more than all the rest of its put. */
const BLOCK = 256;
/** The random part behind the counter: y is one of 8, 9, a and b, each x any digit. */
const PATTERN = "-yxxx-xxxxxxxxxxxx";
/** A counter begins in the lower half of its 12 bits, and has the upper one to grow. */
const COUNTERS = 4_096;

const DIGITS = new TextEncoder().encode("0123456789abcdef");
const [Y, DASH] = new TextEncoder().encode("y-");

const pattern = new TextEncoder().encode(PATTERN.repeat(BLOCK));
const text = new Uint8Array(pattern.length);
const random = new Uint8Array(pattern.length);
const decoder = new TextDecoder();

let block = "";
let next = 0;
let stampedAt = 0;
let stamp = "";
let counter = 0;

/**
 * A new UUID v7: the time in milliseconds, a counter within the millisecond, then random bits. The uids of one process
 * sort in the order in which they were made, so that items due at the same time keep the order of their puts.
 *
 * Format: https://www.rfc-editor.org/rfc/rfc9562#name-monotonicity-and-counters (method 1)
 */
export function newUid(): string {
  const now = Date.now();
  if (now > stampedAt) beginStamp(now);
  else if (++counter === COUNTERS) beginStamp(stampedAt + 1);
  if (next === block.length) {
    block = drawBlock();
    next = 0;
  }
  const digits = counter.toString(16).padStart(3, "0");
  return stamp + digits + block.slice(next, next += PATTERN.length);
}

function beginStamp(ms: number): void {
  const hex = ms.toString(16).padStart(12, "0");
  stamp = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  stampedAt = ms;
  counter = Math.floor(Math.random() * COUNTERS / 2);
}

function drawBlock(): string {
  crypto.getRandomValues(random);
  for (let i = 0; i < text.length; i++) {
    const form = pattern[i]!;
    text[i] = form === DASH ? DASH : DIGITS[form === Y ? 8 | random[i]! & 3 : random[i]! & 15]!;
  }
  return decoder.decode(text);
}
