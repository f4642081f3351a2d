import { html as template } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** Markup in which all that came from elsewhere is escaped. */
export type Html = HtmlEscapedString;

type Value = Html | string | number | Value[];

/** Makes markup; values that are no markup are escaped. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  // A promise only if a value is one.
  return template(strings, ...values) as Html;
}

/** Nothing, for a place that stays empty. */
export const NOTHING: Html = html``;
