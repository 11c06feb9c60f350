import type { ScheduleDefinition } from '../../domain/schedules/schedule';
import type { Page } from './page';

export interface StoredSchedule extends ScheduleDefinition {
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  /** Why the latest run could not be started; null where it could. */
  problem: string | null;
}

/** The plans of schedules; when they run is in Temporal. */
export interface ScheduleStore {
  /** False where the name is taken. `seed`: of the request. */
  add(workspace: string, definition: ScheduleDefinition, seed?: string): Promise<boolean>;
  find(workspace: string, name: string): Promise<StoredSchedule | undefined>;
  /** By name; all, where no page is asked for. */
  list(workspace: string, page?: Page<[name: string]>): Promise<StoredSchedule[]>;
  /**
   * Does work with a schedule while nobody else does any with the same one, in whatever process; where it fails, nothing is changed. Undefined where there
   * is no such schedule.
   */
  alone<T>(workspace: string, name: string, work: (held: HeldSchedule) => Promise<T>): Promise<T | undefined>;
  /** What came of the latest start. */
  started(workspace: string, name: string, problem: string | null): Promise<void>;
}

export interface HeldSchedule {
  read(): Promise<StoredSchedule>;
  /** Whether the request of that seed has made it. */
  isOf(seed: string | undefined): Promise<boolean>;
  /** Puts another definition in place of its own. */
  replace(definition: ScheduleDefinition): Promise<void>;
  /** The same; from now on it is of the request of that seed. */
  makeAnew(definition: ScheduleDefinition, seed: string | undefined): Promise<void>;
  remove(): Promise<void>;
  /** A second for one run that somebody asks for, in milliseconds since 1970: this one, or the next that no other such run has. */
  nextTrigger(): Promise<number>;
}
