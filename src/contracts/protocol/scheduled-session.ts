import type { SessionInput } from './session';

/** The workflow that a schedule starts: it starts the session, and is open for as long as that is. */
export const scheduledSessionWorkflow = 'scheduledSession';

export interface ScheduledSessionInput {
  workspace: string;
  /** Name of the schedule. */
  schedule: string;
}

/** Local activities of the session worker. */
export interface ScheduleActivities {
  /** Writes what the session needs, once for each id; or says why it cannot be started. */
  prepareScheduled(request: ScheduledSessionInput & { session: string }): Promise<PreparedSession>;
}

export type PreparedSession = { input: SessionInput; planName: string } | { problem: string };

/** The schedule in Temporal. No session id holds a slash, so none is taken for the workflow that a schedule starts. */
export function scheduleIdOf(workspace: string, name: string): string {
  return `${workspace}/schedule/${name}`;
}

/** Whether Temporal has started the workflow for the schedule: to the id of the schedule it adds the time. */
export function isOfSchedule(workflowId: string, workspace: string, name: string): boolean {
  const start = `${scheduleIdOf(workspace, name)}-`;
  return workflowId.startsWith(start) && timePattern.exec(workflowId)?.index === start.length;
}

/** The session that a schedule runs at a time, out of the id of the workflow that was started for it: Temporal ends that with the time. */
export function scheduledSessionId(schedule: string, workflowId: string): string {
  const [time] = timePattern.exec(workflowId) ?? [];
  return `${schedule}-${(time ?? workflowId.slice(-8)).replaceAll(/[^\dTZ]/g, '')}`;
}

const timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
