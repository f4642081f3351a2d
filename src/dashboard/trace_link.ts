/** Where the trace of a `traceparent` header is to be seen; `undefined` without a template, or if the header is none. */
export function traceLink(
  traceparent: string | undefined,
  template: string | undefined,
): string | undefined {
  const [, traceId] = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent ?? "") ??
    [];
  return traceId === undefined ? undefined : template?.replaceAll("{traceId}", traceId);
}
