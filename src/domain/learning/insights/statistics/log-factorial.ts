/** Of small numbers: added up once. */
const table: readonly number[] = (() => {
  const sums = [0];
  for (let n = 1; n < 256; n++) sums.push((sums[n - 1] ?? 0) + Math.log(n));
  return sums;
})();

/** ln n!, by Stirling's series where n is large. */
export function logFactorial(n: number): number {
  const known = table[n];
  if (known !== undefined) return known;
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** ln of n over k. */
export function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}
