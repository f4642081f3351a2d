import { TimeLimitError } from "../connection/time_limit.ts";
import { QueueError } from "../errors.ts";
import { lineOf } from "../report.ts";

const HEADINGS = {
  403: "Refused",
  404: "Not found",
  405: "Refused",
  413: "Too large",
  422: "Nothing changed",
};

/** A request that is not carried out. The text tells the visitor why, and that nothing changed. */
export class Trouble extends Error {
  readonly status: keyof typeof HEADINGS;

  constructor(status: keyof typeof HEADINGS, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a visitor is told of an error: our own texts hold no secret, of others nothing is told. */
export interface Verdict {
  status: keyof typeof HEADINGS | 500 | 503;
  heading: string;
  text: string;
}

/** Makes an error fit to be shown. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof Trouble) {
    return { status: error.status, heading: HEADINGS[error.status], text: error.message };
  }
  if (error instanceof TimeLimitError) {
    return { status: 503, heading: "Redis does not answer", text: "No answer came in time." };
  }
  if (error instanceof QueueError) {
    return { status: 503, heading: "Redis could not do it", text: `${lineOf(error)}.` };
  }
  return { status: 500, heading: "Failed", text: "The log of the dashboard says why." };
}
