const ZERO = "0".charCodeAt(0);
const YES = "1".charCodeAt(0);

/** Reads a script's answer of one digit for each item; `outcomes` are what the digits from 0 stand for. */
export function readOutcomes<T>(
  reply: Uint8Array | string,
  count: number,
  outcomes: readonly T[],
): T[] {
  if (reply.length !== count) {
    throw new RangeError(`A script answered ${reply.length} statuses for ${count} items`);
  }
  const read: T[] = [];
  const isText = typeof reply === "string";
  for (let i = 0; i < count; i++) {
    read.push(outcomes[(isText ? reply.charCodeAt(i) : reply[i]!) - ZERO]!);
  }
  return read;
}

/** Reads a script's answer of one digit for each item: "1" changed, "0" not. */
export function readStatuses(reply: Uint8Array, count: number): boolean[] {
  return readOutcomes(reply, count, [false, true]);
}

/** Reads a script's answer that begins with "1" for yes. */
export function isYes(reply: Uint8Array): boolean {
  return reply[0] === YES;
}
