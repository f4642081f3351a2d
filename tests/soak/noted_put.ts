import { RedisUnavailableError } from "../../mod.ts";
import type { Ledger } from "./ledger.ts";
import { isFull } from "./unexpected.ts";

/** What a producer process works with. */
export interface ProducerPost {
  ledger: Ledger;
  /** Makes the labels of this process its own. */
  who: string;
  /** Aborts when the process is told to end. */
  signal: AbortSignal;
}

/** Puts the items called `labels`, notes how it went, and resolves to whether it went well. */
export async function notedPut(
  ledger: Ledger,
  labels: string[],
  put: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await put();
  } catch (error) {
    if (error instanceof RedisUnavailableError) {
      if (error.mayHaveHappened) { for (const label of labels) ledger.note("doubtful", label); }
    } else if (!isFull(error)) throw error;
    return false;
  }
  for (const label of labels) ledger.note("put", label);
  return true;
}
