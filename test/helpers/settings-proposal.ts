import type { StoredProposal } from '../../src/contracts/ports/proposal-store';

/** A proposal to change a setting of the workspace, as it is kept. */
export const settingsProposal: StoredProposal = {
  id: 'aaaaaaaa',
  kind: 'exploration',
  says: 'It tries too often.',
  change: { of: 'settings', before: { exploration: null }, after: { exploration: 0.25 } },
  advice: null,
  evidence: { sessions: 20, attempts: 20 },
  effect: { what: 'success rate', unit: 'share', estimate: 0.1, low: 0.05, high: 0.15 },
  links: [],
};
