import type { SettingsChange } from '../contracts/ports/settings-store';
import type { IfMatch } from '../domain/if-match';
import type { WorkspaceOptions } from '../domain/settings/workspace-settings';
import type { ClientDependencies } from './client-dependencies';

/** What the workspace of the client says about routing and limits. */
export class Settings {
  constructor(private readonly dependencies: Pick<ClientDependencies, 'workspaceSettings' | 'workspace'>) {}

  get(): Promise<WorkspaceOptions> {
    return this.dependencies.workspaceSettings.of(this.dependencies.workspace);
  }

  /** Returns what is said by now. Throws SETTING_INVALID and PRECONDITION_FAILED, and has changed nothing then. */
  change(change: SettingsChange, ifMatch?: IfMatch): Promise<WorkspaceOptions> {
    return this.dependencies.workspaceSettings.change(this.dependencies.workspace, change, ifMatch);
  }
}
