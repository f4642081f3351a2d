import { isOptions, typeOf } from "./given_options.ts";

/** Text that travels beside the payload of an item, by name. */
export type ItemHeaders = Readonly<Record<string, string>>;

/** Limit of an item's headers as JSON, in bytes. */
const MAX_BYTES = 8 * 1024;
/** Bytes that one unit of a JavaScript string takes at most as UTF-8. */
const WIDEST = 3;

const encoder = new TextEncoder();

/** Checks what a caller gives as headers, and writes it as JSON; `undefined` if there is none. */
export function writeHeaders(headers: unknown): string | undefined {
  if (headers === undefined) return undefined;
  if (!isOptions(headers)) {
    throw new TypeError(
      `Cannot put an item with headers of type ${typeOf(headers)}: expected an object of strings`,
    );
  }
  // Read once: what a getter gives may differ the next time.
  const entries = Object.entries(headers);
  if (entries.length === 0) return undefined;
  for (const [name, value] of entries) checkHeader(name, value);
  const json = JSON.stringify(Object.fromEntries(entries));
  const size = sizeOf(json);
  if (size <= MAX_BYTES) return json;
  throw new TypeError(
    `Cannot put an item with headers of ${size} bytes as JSON: expected at most ${MAX_BYTES}`,
  );
}

/** Reads headers, which a stranger may have written: what is no text is left out. */
export function readHeaders(json: string | undefined): ItemHeaders {
  if (!json) return {};
  try {
    const headers: unknown = JSON.parse(json);
    if (!isOptions(headers)) return {};
    const texts = Object.entries(headers).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(texts) as ItemHeaders;
  } catch {
    return {};
  }
}

/** Adds headers to those that a caller gave, as JSON: one after the other, while there is room, and none that he gave himself. */
export function addHeaders(
  json: string | undefined,
  more: ItemHeaders | undefined,
): string | undefined {
  if (more === undefined) return json;
  let headers = readHeaders(json);
  let written = json;
  for (const [name, value] of Object.entries(more)) {
    if (Object.hasOwn(headers, name)) continue;
    checkHeader(name, value);
    const longer = { ...headers, [name]: value };
    const text = JSON.stringify(longer);
    if (sizeOf(text) > MAX_BYTES) continue;
    headers = longer;
    written = text;
  }
  return written;
}

function checkHeader(name: string, value: unknown): void {
  const shown = Deno.inspect(name, { strAbbreviateSize: 50 });
  if (typeof value !== "string") {
    throw new TypeError(
      `Cannot put an item with the header ${shown} of type ${typeOf(value)}: expected a string`,
    );
  }
  if (name.isWellFormed() && value.isWellFormed()) return;
  throw new TypeError(
    `Cannot put an item with the header ${shown}: expected text without lone surrogates`,
  );
}

function sizeOf(json: string): number {
  return json.length * WIDEST <= MAX_BYTES ? json.length : encoder.encode(json).length;
}
