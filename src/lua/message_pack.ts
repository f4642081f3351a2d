/**
 * Reads an array of strings as Redis's `cmsgpack.pack` writes it. Scripts answer so because the client parses one long
 * string many times faster than an array of short ones.
 *
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function readStrings(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;

  function length(fix: number, fixBits: number, wide: Record<number, 1 | 2 | 4>): number {
    const head = view.getUint8(position++);
    if (head >> fixBits === fix >> fixBits) return head & ((1 << fixBits) - 1);
    const width = wide[head];
    const start = position;
    position += width ?? 0;
    switch (width) {
      case 1:
        return view.getUint8(start);
      case 2:
        return view.getUint16(start);
      case 4:
        return view.getUint32(start);
      default:
        throw new RangeError(`Unexpected byte ${head} at ${start - 1} of a script's answer`);
    }
  }

  const strings: Uint8Array[] = new Array(length(0x90, 4, { 0xdc: 2, 0xdd: 4 }));
  for (let i = 0; i < strings.length; i++) {
    const size = length(0xa0, 5, { 0xd9: 1, 0xda: 2, 0xdb: 4 });
    strings[i] = bytes.subarray(position, position += size);
  }
  if (position !== bytes.length) throw new RangeError("A script's answer is cut or too long");
  return strings;
}
