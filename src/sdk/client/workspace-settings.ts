import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { Settings, SettingsChange } from './types';

interface Said {
  settings: Settings;
}

/** What the workspace says about routing and limits. */
export class WorkspaceSettings {
  constructor(private readonly api: Requester) {}

  get(options?: CallOptions): Promise<Settings> {
    return this.api.send<Said>({ method: 'GET', path: '/v1/settings' }, options).then(({ settings }) => settings);
  }

  /** All or nothing. Rejects with SETTING_INVALID. */
  change(change: SettingsChange, options?: CallOptions): Promise<Settings> {
    return this.api
      .send<Said>({ method: 'PATCH', path: '/v1/settings', body: change }, options)
      .then(({ settings }) => settings);
  }
}
