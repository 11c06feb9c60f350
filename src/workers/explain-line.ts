import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { WaitingLineStore } from '../contracts/ports/waiting-line-store';
import { explainWait } from '../domain/routing/explain-wait';
import { preferencesOf } from '../domain/routing/preferences';
import { defaultSettings } from '../domain/routing/settings';
import { itsTurn } from '../domain/routing/plain-words';

/**
 * Lets runs in line say anew what they wait for where nobody is left who could take them, be it that their agents were removed, went offline or drain, and
 * where somebody is again. `told`: by requirement, of whom that was said; the caller keeps it from one call to the next.
 */
export async function explainLine(
  store: Pick<WaitingLineStore, 'requirements' | 'explain'>,
  directory: AgentDirectory,
  told: Set<string>,
): Promise<void> {
  const [roster, inLine] = await Promise.all([directory.roster(), store.requirements()]);
  const before = new Set(told);
  told.clear();
  const news = inLine.flatMap(({ workspace, key, requirement }) => {
    const members = roster.candidatesFor(requirement, workspace).map(({ entry }) => entry);
    const { excluded } = preferencesOf(requirement, (name) => roster.named(name, workspace));
    const { maxLoad } = defaultSettings;
    const wait = explainWait(roster, { workspace, requirement, members, excluded, given: new Map(), maxLoad });
    const id = `${workspace}/${key}`;
    if (wait.reason === 'all-busy') return before.has(id) ? [{ workspace, key, waitsFor: itsTurn }] : [];
    told.add(id);
    return [{ workspace, key, waitsFor: wait.message }];
  });
  if (news.length > 0) await store.explain(news);
}
