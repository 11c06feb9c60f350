import { allRows, wholeList } from './each-row';
import type { CallOptions, ChangeOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { ChangedSchedule, NewSchedule, OverlapPolicy, Schedule } from './types';
import { urlPath } from './url-path';

/** Plans that are run again and again. */
export class Schedules {
  constructor(private readonly api: Requester) {}

  list(options?: CallOptions): Promise<Schedule[]> {
    return allRows(this.api, '/v1/schedules', 'schedules', wholeList, options);
  }

  create(schedule: NewSchedule, options?: ChangeOptions): Promise<Schedule> {
    return this.api.send({ method: 'POST', path: '/v1/schedules', body: schedule }, options);
  }

  get(name: string, options?: CallOptions): Promise<Schedule> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/schedules/${name}` }, options);
  }

  /** What runs goes on, and whether it is paused stays. */
  replace(name: string, schedule: ChangedSchedule, options?: IfMatchOptions): Promise<Schedule> {
    return this.api.send({ method: 'PUT', path: urlPath`/v1/schedules/${name}`, body: schedule }, options);
  }

  /** What runs goes on. */
  async remove(name: string, options?: IfMatchOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/schedules/${name}` }, options);
  }

  pause(name: string, note?: string, options?: ChangeOptions): Promise<Schedule> {
    return this.tell(name, 'pause', { note }, options);
  }

  resume(name: string, note?: string, options?: ChangeOptions): Promise<Schedule> {
    return this.tell(name, 'resume', { note }, options);
  }

  /** Runs it now, also while it is paused. */
  async trigger(name: string, how: { overlap?: OverlapPolicy } = {}, options?: ChangeOptions): Promise<void> {
    await this.tell(name, 'trigger', how, options);
  }

  /** Runs it for all its times of a period that has passed. */
  async backfill(
    name: string,
    period: { from: string; to: string; overlap?: OverlapPolicy },
    options?: ChangeOptions,
  ): Promise<void> {
    await this.tell(name, 'backfill', period, options);
  }

  private tell(name: string, verb: string, body: object, options?: ChangeOptions): Promise<Schedule> {
    return this.api.send({ method: 'POST', path: `${urlPath`/v1/schedules/${name}`}/${verb}`, body }, options);
  }
}
