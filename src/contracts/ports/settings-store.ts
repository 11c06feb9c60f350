import type { IfMatch } from '../../domain/if-match';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';

/** What workspaces say about routing and limits. */
export interface SettingsStore {
  of(workspace: string): Promise<WorkspaceOptions>;
  /** Changes all or nothing; returns what is said by now. Throws SETTING_INVALID and PRECONDITION_FAILED. */
  change(workspace: string, change: SettingsChange, ifMatch?: IfMatch): Promise<WorkspaceOptions>;
}

export interface SettingsChange {
  /** By key, not checked yet. */
  set: Readonly<Record<string, unknown>>;
  /** Keys that have their defaults again. */
  unset: readonly string[];
}
