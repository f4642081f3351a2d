/** Writes `data` to stderr. What can't be written is dropped: it must not end the work. */
export async function writeToStderr(data: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < data.length;) {
      written += await Deno.stderr.write(data.subarray(written));
    }
  } catch {
    // Nobody reads it.
  }
}
