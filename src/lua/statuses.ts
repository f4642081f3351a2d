const YES = "1".charCodeAt(0);

/** Reads a script's answer of one character per item: "1" changed, "0" not. */
export function readStatuses(reply: Uint8Array, count: number): boolean[] {
  if (reply.length !== count) {
    throw new RangeError(`A script answered ${reply.length} statuses for ${count} items`);
  }
  const statuses: boolean[] = [];
  for (let i = 0; i < count; i++) statuses.push(reply[i] === YES);
  return statuses;
}
