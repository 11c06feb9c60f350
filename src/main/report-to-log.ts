import type { Configuration } from './configuration';
import type { Report } from './report';

/** Where there is a log, what would be said on stderr is written to it. */
export async function reportToLog({ logLevel }: Pick<Configuration, 'logLevel'>, report: Report): Promise<Report> {
  if (logLevel === 'silent') return report;
  const { createLogger } = await import('../telemetry/logger.js');
  const log = createLogger(logLevel);
  return (message) => log.warn(message);
}
