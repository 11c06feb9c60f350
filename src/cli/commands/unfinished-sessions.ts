import type { Installation, Report } from '../ports';

const shown = 5;

/** Tells of sessions that an earlier process left behind: with workers there again, they go on. */
export async function tellUnfinished(installation: Installation, report: Report): Promise<void> {
  const { client } = installation;
  const limit = 100;
  const [running, waiting] = await Promise.all([
    client.list({ limit, status: 'running' }),
    client.list({ limit, status: 'waiting' }),
  ]);
  const ids = [...running, ...waiting].map(({ id }) => id);
  if (ids.length === 0) return;
  const more = ids.length > shown ? ` and ${ids.length - shown} more` : '';
  report(`Unfinished sessions of earlier runs go on as well: ${ids.slice(0, shown).join(', ')}${more}.`);
}
