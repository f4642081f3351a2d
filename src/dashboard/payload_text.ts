import type { QueueEntry } from "../queue_entry.ts";
import type { Settings } from "./dashboard_options.ts";

/** How a payload is shown. */
export type Form = "text" | "json" | "hex";

/** A payload made readable. */
export interface ReadablePayload {
  /** The forms that it has; none if it was redacted. */
  forms: Form[];
  form: Form | "redacted";
  text: string;
  /** Whether `text` ends before the payload does. */
  isCut: boolean;
}

/** What of a payload is shown, in bytes, and in characters of its text: a browser takes long for megabytes. */
const MOST_SHOWN = 64 * 1024;
const ROW_BYTES = 16;
/** What of it is shown in a list. */
const PREVIEW = 160;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Makes the payload of an item readable, in the form that was asked for, if it has that. */
export function readPayload(
  { uid, payload, bytes }: QueueEntry<unknown>,
  queue: string,
  redact: Settings["redact"],
  asked?: string,
): ReadablePayload {
  if (redact !== undefined) {
    return { forms: [], form: "redacted", ...cut(redacted(payload, { queue, uid }, redact)) };
  }
  const text = decoded(bytes);
  const document = text === undefined ? undefined : parsed(text);
  const forms: Form[] = [];
  if (document !== undefined) forms.push("json");
  if (text !== undefined) forms.push("text");
  forms.push("hex");
  const form = forms.find((form) => form === asked) ?? forms[0]!;
  switch (form) {
    case "json":
      return { forms, form, ...cut(document!) };
    case "text":
      return { forms, form, ...cut(text!) };
    case "hex":
      return { forms, form, text: dump(bytes), isCut: bytes.length > MOST_SHOWN };
  }
}

/** The beginning of a payload, on one line. */
export function previewOf(
  { uid, payload, bytes }: QueueEntry<unknown>,
  queue: string,
  redact: Settings["redact"],
): string {
  const start = redact === undefined
    ? decoded(wholeCharacters(bytes, PREVIEW))
    : redacted(payload, { queue, uid }, redact);
  if (start === undefined) return digitsOf(bytes.subarray(0, ROW_BYTES));
  return start.slice(0, PREVIEW).replaceAll(/\s+/g, " ");
}

function redacted(
  payload: unknown,
  item: { queue: string; uid: string },
  redact: NonNullable<Settings["redact"]>,
): string {
  if (payload === undefined) return "hidden: it can't be read, so it can't be redacted";
  try {
    const shown = redact(payload, item);
    return typeof shown === "string" ? shown : JSON.stringify(shown, undefined, 2) ?? "hidden";
  } catch {
    return "hidden: the option redact threw an error";
  }
}

function cut(text: string): Pick<ReadablePayload, "text" | "isCut"> {
  return { text: text.slice(0, MOST_SHOWN), isCut: text.length > MOST_SHOWN };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The first `length` bytes or a few less, so that no character is cut. */
function wholeCharacters(bytes: Uint8Array, length: number): Uint8Array {
  let end = Math.min(length, bytes.length);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** An object or array in JSON, with indents; `undefined` if the text is none. */
function parsed(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

/** Lines of an offset, 16 bytes in hexadecimal digits, and what is readable of them. */
function dump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, MOST_SHOWN); at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    const letters = Array.from(
      row,
      (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".",
    );
    const offset = at.toString(16).padStart(8, "0");
    lines.push(`${offset}  ${digitsOf(row).padEnd(ROW_BYTES * 3)} ${letters.join("")}`);
  }
  return lines.join("\n");
}

function digitsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
