import type { Example } from '../learning/insights/example';
import type { ModelOption } from '../models/model-option';
import type { RoutingSettings } from '../routing/settings';
import type { WorkspaceOptions } from '../settings/workspace-settings';
import type { PastAssignment } from './past-attempt';

/** What proposals are made from. */
export interface Evidence {
  workspace: string;
  examples: readonly Example[];
  assignments: readonly PastAssignment[];
  /** What is set now, and what follows from it. */
  options: WorkspaceOptions;
  routing: RoutingSettings;
  /** Of the workspace's own agents, by name: attempts at once. */
  capacities: ReadonlyMap<string, number>;
  /** … the models that they can be told to use. */
  models: ReadonlyMap<string, readonly ModelOption[]>;
}
