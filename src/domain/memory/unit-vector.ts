/** What a part of 1 is stored as. Rounding to it moves a cosine by some hundred-thousandths, and halves what is stored, sent and held. */
export const unitPart = 32_767;

/** The vector of length one that points the same way: the sum of products of two is their cosine, times the square of `unitPart`. */
export function unitVector(parts: readonly number[]): Int16Array {
  const length = Math.hypot(...parts);
  return length === 0
    ? new Int16Array(parts.length)
    : Int16Array.from(parts, (part) => Math.round((part / length) * unitPart));
}
