import { betaShareBelow } from '../prediction/beta-distribution';
import type { EvidenceSettings } from '../settings/evidence-settings';

/**
 * How sure it is that tasks succeed often enough for the workspace, 0–1: by a Beta distribution over sessions, of which each counts once with the mean of its
 * attempts, from one that knows nothing.
 */
export function floorCertainty(success: readonly number[], { atLeast }: Pick<EvidenceSettings, 'atLeast'>): number {
  const succeeded = success.reduce((sum, share) => sum + share, 0);
  return 1 - betaShareBelow({ a: 1 + succeeded, b: 1 + success.length - succeeded }, atLeast);
}

/** Whether it is sure enough, as it must be of models too. */
export function holdsFloor(
  success: readonly number[],
  settings: Pick<EvidenceSettings, 'atLeast' | 'confidence'>,
): boolean {
  return floorCertainty(success, settings) >= settings.confidence;
}
