/**
 * Says that nobody waits for `value`: if it is a promise its rejection, which would end the process, is ignored.
 *
 * @returns Whether it is a promise, or acts as one.
 */
export function disown(value: unknown): boolean {
  if (typeof value !== "object" && typeof value !== "function") return false;
  if (!isThenable(value)) return false;
  Promise.try(() => value).catch(() => {});
  return true;
}

function isThenable(value: object | null): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | null)?.then === "function";
  } catch {
    return false;
  }
}
