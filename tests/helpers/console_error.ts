/** Runs `action` with another `console.error`. */
export async function withConsoleError(
  replacement: (...values: unknown[]) => unknown,
  action: () => Promise<void>,
): Promise<void> {
  const original = console.error;
  console.error = replacement;
  try {
    await action();
  } finally {
    console.error = original;
  }
}
