import { defaultSettings } from '../routing/settings';

/** The mean of a beta distribution that starts from what routing expects of agents: one good handover is no proof yet. 0–1. */
export function handoverStrength({ succeeded, failed }: { succeeded: number; failed: number }): number {
  const { mean, weight } = defaultSettings.prior;
  return (mean * weight + succeeded) / (weight + succeeded + failed);
}
