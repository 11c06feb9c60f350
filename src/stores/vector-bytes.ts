/** Two bytes a number, the high one first, as PostgreSQL writes them. */
export function vectorBytes(vector: Int16Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 2);
  vector.forEach((part, at) => bytes.writeInt16BE(part, at * 2));
  return bytes;
}

/** The vector that the bytes are of. */
export function vectorOf(bytes: Buffer): Int16Array {
  const vector = new Int16Array(bytes.length / 2);
  for (let at = 0; at < vector.length; at++) vector[at] = bytes.readInt16BE(at * 2);
  return vector;
}
