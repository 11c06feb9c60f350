import { noWebAddresses, privateHosts, publicAddresses } from '../../helpers/attacks/addresses';
import { benignJwts, jwtAttacks } from '../../helpers/attacks/jwts';
import { rawAttacks, rawBenign } from '../../helpers/attacks/raw-requests';

const corpora = [
  { attacks: Object.keys(jwtAttacks), benign: Object.keys(benignJwts) },
  { attacks: [...privateHosts, ...noWebAddresses], benign: [...publicAddresses] },
  { attacks: Object.keys(rawAttacks), benign: Object.keys(rawBenign) },
];

it('holds 150 attacks at least, no two of one name, each corpus with what must pass beside it', () => {
  const attacks = corpora.flatMap((corpus) => [...new Set(corpus.attacks)]);
  expect(attacks).toHaveLength(corpora.reduce((sum, corpus) => sum + corpus.attacks.length, 0));
  expect(attacks.length).toBeGreaterThanOrEqual(150);
  for (const { benign } of corpora) expect(benign.length).toBeGreaterThan(5);
});
