import type { CallOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { Settings, SettingsChange } from './types';

/** All that is said, and what a change is matched with. */
interface Said {
  settings: Settings;
  etag: string;
}

/** What the workspace says about routing and limits. */
export class WorkspaceSettings {
  constructor(private readonly api: Requester) {}

  get(options?: CallOptions): Promise<Settings> {
    return this.withEtag(options).then(({ settings }) => settings);
  }

  /** For a change that depends on them. */
  withEtag(options?: CallOptions): Promise<Said> {
    return this.api.send({ method: 'GET', path: '/v1/settings' }, options);
  }

  /** All or nothing. Rejects with SETTING_INVALID and PRECONDITION_FAILED. */
  change(change: SettingsChange, options?: IfMatchOptions): Promise<Settings> {
    return this.api
      .send<Said>({ method: 'PATCH', path: '/v1/settings', body: change }, options)
      .then(({ settings }) => settings);
  }
}
