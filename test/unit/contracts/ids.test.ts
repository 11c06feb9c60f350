import { childSessionId, maxSessionIdLength } from '../../../src/contracts/protocol/ids';

describe('the id of a child session', () => {
  it('names parent, task, item and, from the second on, the attempt', () => {
    expect(childSessionId('audit-k3', { name: 'review', item: -1 }, 1)).toBe('audit-k3.review');
    expect(childSessionId('audit-k3', { name: 'each', item: 4 }, 2)).toBe('audit-k3.each.4.2');
  });

  it('keeps within the limit, and apart from its like, however deep sessions are nested', () => {
    const parent = 'p'.repeat(maxSessionIdLength);
    const ids = [1, 2].map((attempt) => childSessionId(parent, { name: 't'.repeat(63), item: -1 }, attempt));
    expect(new Set(ids).size).toBe(2);
    ids.forEach((id) => expect(id.length).toBeLessThanOrEqual(maxSessionIdLength));
    expect(childSessionId(parent, { name: 't'.repeat(63), item: -1 }, 1)).toBe(ids[0]);
  });
});
