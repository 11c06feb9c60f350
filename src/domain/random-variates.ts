const { sqrt, log, cos, PI } = Math;

/** Numbers drawn from distributions, by a generator of uniform numbers in [0, 1). */
type Random = () => number;

/** Standard normal (Box and Muller). */
export function drawNormal(random: Random): number {
  return sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}

/** Gamma with scale 1 (Marsaglia and Tsang, 2000). `shape` must be positive. */
export function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / sqrt(9 * d);
  for (;;) {
    const z = drawNormal(random);
    const root = 1 + c * z;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - random();
    // Nearly always enough, and without logarithms.
    if (u < 1 - 0.0331 * z * z * z * z) return d * v;
    if (log(u) < 0.5 * z * z + d - d * v + d * log(v)) return d * v;
  }
}

export function drawChiSquared(random: Random, degrees: number): number {
  return 2 * drawGamma(random, degrees / 2);
}

/** Beta; `a` and `b` must be positive. */
export function drawBeta(random: Random, a: number, b: number): number {
  const x = drawGamma(random, a);
  return x / (x + drawGamma(random, b));
}
