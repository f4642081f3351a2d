/** uids whose random parts are drawn together: each alone would cost more than all the rest of its put. */
const BLOCK = 256;
/** Of the random part of a UUID v7: y is one of 8, 9, a and b, each x any digit. */
const PATTERN = "xxx-yxxx-xxxxxxxxxxxx";

const DIGITS = new TextEncoder().encode("0123456789abcdef");
const [Y, DASH] = new TextEncoder().encode("y-");

const pattern = new TextEncoder().encode(PATTERN.repeat(BLOCK));
const text = new Uint8Array(pattern.length);
const random = new Uint8Array(pattern.length);
const decoder = new TextDecoder();

let block = "";
let next = 0;
let stampedAt = NaN;
let stamp = "";

/** A new UUID v7: the time in milliseconds, then random bits. */
export function newUid(): string {
  const now = Date.now();
  if (now !== stampedAt) {
    const hex = now.toString(16).padStart(12, "0");
    stamp = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    stampedAt = now;
  }
  if (next === block.length) {
    block = drawBlock();
    next = 0;
  }
  return stamp + block.slice(next, next += PATTERN.length);
}

function drawBlock(): string {
  crypto.getRandomValues(random);
  for (let i = 0; i < text.length; i++) {
    const form = pattern[i]!;
    text[i] = form === DASH ? DASH : DIGITS[form === Y ? 8 | random[i]! & 3 : random[i]! & 15]!;
  }
  return decoder.decode(text);
}
