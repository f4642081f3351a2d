/** `@std/uuid/v7` over the npm package `uuid`, for networks that reach only an npm registry. */
import { v7, validate as isUuid, version } from "uuid";

export function validate(id: string): boolean {
  return isUuid(id) && version(id) === 7;
}

export function generate(timestamp: number = Date.now()): string {
  if (!Number.isInteger(timestamp) || timestamp < 0) {
    throw new RangeError(
      `Cannot generate UUID as timestamp must be a non-negative integer: timestamp ${timestamp}`,
    );
  }
  // Without a time, `uuid` counts up within a millisecond: an order that @std/uuid does not promise.
  return v7({ msecs: timestamp });
}

export function extractTimestamp(uuid: string): number {
  if (!validate(uuid)) {
    throw new TypeError(
      `Cannot extract timestamp because the UUID is not a valid UUIDv7: uuid is "${uuid}"`,
    );
  }
  return parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
