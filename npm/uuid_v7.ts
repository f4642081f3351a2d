/** `@std/uuid/v7`, as far as this project uses it, over the npm package `uuid`, for networks that reach only an npm registry. */
import { validate as isUuid, version } from "uuid";

export function validate(id: string): boolean {
  return isUuid(id) && version(id) === 7;
}

export function extractTimestamp(uuid: string): number {
  if (!validate(uuid)) {
    throw new TypeError(
      `Cannot extract timestamp because the UUID is not a valid UUIDv7: uuid is "${uuid}"`,
    );
  }
  return parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
