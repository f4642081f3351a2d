/** `@std/cli/unicode-width` over the npm package `string-width`, for networks that reach only an npm registry. */
import stringWidth from "string-width";

export function unicodeWidth(str: string): number {
  return stringWidth(str, { countAnsiEscapeCodes: true });
}
