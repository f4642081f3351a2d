import { checkOrderKey } from "../arguments.ts";
import { readHeaders, writeHeaders } from "../headers.ts";
import type { StoredEntry } from "../lua/parts/entries.ts";
import { ITEM_STATES, type ItemState } from "../lua/parts/states.ts";
import type { ExportedEntry } from "../lua/restore.ts";
import { dateOf } from "../lua/score.ts";
import { headersField } from "./io/item_lines.ts";
import { textOf } from "./io/item_text.ts";

// One line of an export is a JSON object. The payload is text, or base64 if it is not UTF-8, so that it stays the same to the byte.

const encoder = new TextEncoder();

/** The line of an item, with its ending. */
export function exportedLine(entry: StoredEntry): string {
  const { uid, state, time, namedAt, attempts, error, orderKey, head, headers, payload } = entry;
  const text = textOf(payload);
  const line = {
    ...{ uid, state },
    ...(state === "delayed" ? { dueAt: isoOf(time) } : {}),
    ...(state === "dead" ? { diedAt: isoOf(time) } : {}),
    ...(namedAt === undefined ? {} : { putAt: isoOf(namedAt) }),
    ...(attempts === 0 ? {} : { attempts }),
    ...(error === "" ? {} : { error }),
    ...(orderKey === undefined ? {} : { orderKey }),
    ...(head === uid ? { turn: true } : {}),
    ...headersField(readHeaders(headers)),
    ...(text === undefined ? { base64: payload.toBase64() } : { text }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line of an export. Throws an error that says what is wrong with it, without the payload. */
export function readExportedLine(line: Uint8Array): ExportedEntry {
  const fields = objectIn(line);
  const { uid, state = "waiting", attempts = 0, error = "", turn = false } = fields;
  if (typeof uid !== "string" || uid === "") throw new Error("its uid is missing");
  if (!ITEM_STATES.includes(state as ItemState)) {
    throw new Error(`its state is none of ${ITEM_STATES.join(", ")}`);
  }
  if (!Number.isSafeInteger(attempts) || Number(attempts) < 0) {
    throw new Error("its attempts are no number");
  }
  if (typeof error !== "string") throw new Error("its error is no text");
  if (typeof turn !== "boolean") throw new Error("its turn is neither true nor false");
  const timeField = state === "delayed" ? "dueAt" : state === "dead" ? "diedAt" : undefined;
  const time = timeField === undefined ? undefined : timeIn(fields, timeField);
  if (timeField !== undefined && time === undefined) throw new Error(`its ${timeField} is missing`);
  const headers = headersIn(fields["headers"]);
  return {
    ...{ uid, state: state as ItemState, attempts: Number(attempts), error, turn, time },
    namedAt: timeIn(fields, "putAt"),
    orderKey: orderKeyIn(fields["orderKey"]),
    ...(headers === undefined ? {} : { headers }),
    payload: payloadIn(fields),
  };
}

function objectIn(line: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(textOf(line) ?? "");
  } catch {
    // The parser's message quotes the line.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error("it is no JSON object");
}

function payloadIn({ text, base64 }: Record<string, unknown>): Uint8Array {
  if (typeof text === "string" && base64 === undefined && text.isWellFormed()) {
    return encoder.encode(text);
  }
  try {
    if (typeof base64 === "string" && text === undefined) return Uint8Array.fromBase64(base64);
  } catch {
    // Told below.
  }
  throw new Error('it needs its payload, as "text" or as "base64"');
}

function orderKeyIn(value: unknown): string | undefined {
  try {
    return checkOrderKey(value);
  } catch {
    throw new Error("its orderKey is no string of 1 to 1,024 bytes");
  }
}

/** As JSON. */
function headersIn(value: unknown): string | undefined {
  try {
    return writeHeaders(value);
  } catch {
    throw new Error("its headers are no object of strings of at most 8 KiB");
  }
}

/** In microseconds since the epoch. */
function timeIn(fields: Record<string, unknown>, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  if (!Number.isNaN(ms)) return ms * 1000;
  throw new Error(`its ${name} is no time such as ${JSON.stringify(new Date(0))}`);
}

function isoOf(microseconds = 0): string {
  return dateOf(microseconds).toISOString();
}
