import type { Pool } from 'pg';
import { workspaceSettings } from '../domain/settings/workspace-settings';
import type { WorkspaceOptions, WorkspaceSettings } from '../domain/settings/workspace-settings';
import { inWorkspace } from './scope';

/** Settings are read again after this long, whatever was heard. */
const maxAgeMs = 5 * 60_000;

interface Known {
  settings: Promise<WorkspaceSettings>;
  readAt: number;
}

/** The settings of workspaces, kept in the process. */
export interface SettingsCache {
  of(workspace: string): Promise<WorkspaceSettings>;
  changed(workspace: string): void;
  forget(): void;
}

export function createSettingsCache(
  pool: Pool,
  counts: { asked: number; read: number },
  now: () => number,
): SettingsCache {
  const known = new Map<string, Known>();

  const read = async (workspace: string): Promise<WorkspaceSettings> => {
    counts.read += 1;
    const { rows } = await inWorkspace(pool, workspace).query<{ options: WorkspaceOptions }>({
      name: 'workspace-settings',
      text: 'SELECT options FROM workspace_settings WHERE workspace = $1',
      values: [workspace],
    });
    return workspaceSettings(rows[0]?.options ?? {});
  };

  return {
    of: (workspace) => {
      counts.asked += 1;
      const fresh = known.get(workspace);
      if (fresh && now() - fresh.readAt < maxAgeMs) return fresh.settings;
      // What changes while it is read makes it be forgotten, and read once more by whoever asks next.
      const reading = { settings: read(workspace), readAt: now() };
      known.set(workspace, reading);
      reading.settings.catch(() => known.get(workspace) === reading && known.delete(workspace));
      return reading.settings;
    },
    changed: (workspace) => void known.delete(workspace),
    forget: () => known.clear(),
  };
}
