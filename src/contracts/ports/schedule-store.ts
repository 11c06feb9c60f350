import type { ScheduleDefinition } from '../../domain/schedules/schedule';

export interface StoredSchedule extends ScheduleDefinition {
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  /** Why the latest run could not be started; null where it could. */
  problem: string | null;
}

/** The plans of schedules; when they run is in Temporal. */
export interface ScheduleStore {
  /** False where the name is taken. */
  add(workspace: string, definition: ScheduleDefinition): Promise<boolean>;
  /** In place of the one of that name; false where there is none. */
  replace(workspace: string, definition: ScheduleDefinition): Promise<boolean>;
  find(workspace: string, name: string): Promise<StoredSchedule | undefined>;
  /** By name. */
  list(workspace: string): Promise<StoredSchedule[]>;
  /** False where there is none. */
  remove(workspace: string, name: string): Promise<boolean>;
  /** A second for one run that somebody asks for, in milliseconds since 1970: this one, or the next that no other such run has. Undefined where there is no such schedule. */
  nextTrigger(workspace: string, name: string): Promise<number | undefined>;
  /** What came of the latest start. */
  started(workspace: string, name: string, problem: string | null): Promise<void>;
}
