/**
 * A generator of uniform numbers in [0, 1): the same sequence for the same key, in every process and on every machine. Not for secrets.
 *
 * sfc32 (Chris Doty-Humphrey, PractRand) seeded by the 128-bit string hash cyrb128 (bryc), both in the public domain:
 * https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function createRandom(...key: (string | number)[]): () => number {
  // JSON keeps the parts apart: ('a', 'bc') is another key than ('ab', 'c').
  let [a, b, c, counter] = cyrb128(JSON.stringify(key));
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  // The first rounds still show the seed.
  for (let round = 0; round < 15; round++) next();
  return next;
}

function cyrb128(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    h1 = h2 ^ Math.imul(h1 ^ unit, 597_399_067);
    h2 = h3 ^ Math.imul(h2 ^ unit, 2_869_860_233);
    h3 = h4 ^ Math.imul(h3 ^ unit, 951_274_213);
    h4 = h1 ^ Math.imul(h4 ^ unit, 2_716_044_179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597_399_067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2_869_860_233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951_274_213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2_716_044_179);
  h1 ^= h2 ^ h3 ^ h4;
  return [h1, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
