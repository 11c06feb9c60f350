import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json';
import type { RegisteredAgent } from '../../domain/agents/agent';
import type { Json } from '../../domain/json';
import type { ScheduleDefinition } from '../../domain/schedules/schedule';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';
import type { AlertOverview } from '../ports/alert-store';
import type { StoredSchedule } from '../ports/schedule-store';
import type { WebhookOverview } from '../ports/webhook-messages';
import type { WorkspaceOverview } from '../ports/workspace-store';

// The etag of a thing is that of what people write of it: not of what happens to it, such as how many attempts an agent runs.

export function agentEtag({ createdAt, revision }: Pick<RegisteredAgent, 'createdAt' | 'revision'>): string {
  return etagOf([createdAt, revision]);
}

export function scheduleEtag(schedule: ScheduleDefinition & Pick<StoredSchedule, 'createdAt'>): string {
  const { planHash, inputs, baseDirectory, cron, timeZone, overlap, catchUpMs, createdAt } = schedule;
  return etagOf({ planHash, inputs, baseDirectory, cron, timeZone, overlap, catchUpMs, createdAt });
}

export function settingsEtag(options: WorkspaceOptions): string {
  return etagOf({ ...options });
}

export function webhookEtag({ url, types, enabled, createdAt }: Omit<WebhookOverview, 'name'>): string {
  return etagOf({ url, types, enabled, createdAt });
}

/** A rule that is set anew begins anew, also where it is the same. */
export function alertEtag({ id }: Pick<AlertOverview, 'id'>): string {
  return etagOf(id);
}

export function workspaceEtag({ title }: Pick<WorkspaceOverview, 'title'>): string {
  return etagOf(title);
}

function etagOf(written: Json): string {
  return tagOf(canonicalJson(written));
}

/** Equal for equal texts; letters, digits, '-' and '_'. */
export function tagOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27);
}
