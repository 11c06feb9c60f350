import { randomUUID } from 'node:crypto';
import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  encodeScheduleOverlapPolicy,
  isGrpcServiceError,
} from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { ScheduleDescription, ScheduleHandle, ScheduleOptions, WorkflowService } from '@temporalio/client';
import type { Page } from '../contracts/ports/page';
import type { HeldSchedule, StoredSchedule } from '../contracts/ports/schedule-store';
import { scheduleIdOf, scheduledSessionId, scheduledSessionWorkflow } from '../contracts/protocol/scheduled-session';
import type { ScheduledSessionInput } from '../contracts/protocol/scheduled-session';
import { scheduleEtag } from '../contracts/schemas/etags';
import { OrchestraError } from '../domain/errors';
import { FaultyValue } from '../domain/faulty-value';
import type { ValueFault } from '../domain/faulty-value';
import { requireMatch } from '../domain/if-match';
import type { IfMatch } from '../domain/if-match';
import type { JsonObject } from '../domain/json';
import { validateInputs } from '../domain/plan/input-values';
import type { Plan } from '../domain/plan/plan';
import { scheduleFault } from '../domain/schedules/schedule';
import type { OverlapPolicy, ScheduleDefinition, ScheduleTimes } from '../domain/schedules/schedule';
import type { ClientDependencies } from './client-dependencies';
import type { StartOptions } from './start-session';

export interface ScheduleRequest extends ScheduleTimes, Pick<StartOptions, 'hash' | 'documents' | 'baseDirectory'> {
  name: string;
  plan: Plan;
  inputs: JsonObject;
  /** Whether it begins paused. */
  paused?: boolean;
}

/** A schedule, and what Temporal says of its runs. Times: milliseconds since 1970. */
export interface ScheduleOverview extends StoredSchedule {
  paused: boolean;
  /** Why it was paused or resumed last. */
  note: string | null;
  /** At most ten. */
  next: number[];
  /** The latest first, at most ten. */
  recent: { scheduledAt: number; startedAt: number; session: string }[];
  running: number;
}

/** `isNew`: its row was written just now. */
interface NewSchedule {
  definition: ScheduleDefinition;
  isNew: boolean;
  held: HeldSchedule;
  seed: string | undefined;
}

type SchedulePatch = NonNullable<Parameters<WorkflowService['patchSchedule']>[0]['patch']>;

const overlaps: Record<OverlapPolicy, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  'buffer-one': ScheduleOverlapPolicy.BUFFER_ONE,
  'buffer-all': ScheduleOverlapPolicy.BUFFER_ALL,
  'cancel-other': ScheduleOverlapPolicy.CANCEL_OTHER,
  'allow-all': ScheduleOverlapPolicy.ALLOW_ALL,
};

/** Plans that run again and again, on Temporal Schedules. */
export class Schedules {
  constructor(private readonly dependencies: ClientDependencies) {}

  /** `seed`: of the request; where the same one has made it, it is made. Throws SCHEDULE_EXISTS, SCHEDULE_INVALID and INPUT_INVALID. */
  async create(request: ScheduleRequest, seed?: string): Promise<ScheduleOverview> {
    const { schedules, workspace } = this.dependencies;
    const definition = await this.prepare(request);
    for (;;) {
      const isNew = await schedules.add(workspace, definition, seed);
      const made = await this.ifThere(request.name, (_, held) => this.make(request, { definition, isNew, held, seed }));
      if (made?.is instanceof Error) throw made.is;
      if (made) return made.is;
      // The one that had the name was removed in between.
    }
  }

  /**
   * Puts another plan or other times in the place of its own; whether it is paused stays. Throws SCHEDULE_NOT_FOUND, SCHEDULE_INVALID and
   * PRECONDITION_FAILED.
   */
  async replace(request: ScheduleRequest, ifMatch?: IfMatch): Promise<ScheduleOverview> {
    // What counts is looked at again when nobody else can change it: this is so that no plan is kept for nothing.
    if (ifMatch !== undefined) requireSchedule(ifMatch, await this.find(request.name));
    const definition = await this.prepare(request);
    const { scheduleId: _, ...parts } = this.partsOf(definition);
    return this.alone(request.name, async (handle, held) => {
      requireSchedule(ifMatch, await held.read());
      await this.say(request.cron, () => handle.update(({ state }) => ({ ...parts, state })));
      await held.replace(definition);
      return overviewOf(await held.read(), await handle.describe());
    });
  }

  /** By name; all, where no page is asked for. */
  async list(page?: Page<[name: string]>): Promise<ScheduleOverview[]> {
    const { schedules, workspace } = this.dependencies;
    const stored = await schedules.list(workspace, page);
    return Promise.all(stored.map(async (one) => overviewOf(one, await this.described(one.name))));
  }

  /** Throws SCHEDULE_NOT_FOUND. */
  async get(name: string): Promise<ScheduleOverview> {
    return overviewOf(await this.find(name), await this.described(name));
  }

  /** Once for a `requestId`, as all that Temporal is told of it. Throws SCHEDULE_NOT_FOUND. */
  async pause(name: string, note?: string, requestId: string = randomUUID()): Promise<ScheduleOverview> {
    // To Temporal, an empty note is no pause.
    await this.patch(name, requestId, { pause: note || 'paused' });
    return this.get(name);
  }

  /** Once for a `requestId`. Throws SCHEDULE_NOT_FOUND. */
  async resume(name: string, note?: string, requestId: string = randomUUID()): Promise<ScheduleOverview> {
    await this.patch(name, requestId, { unpause: note || 'resumed' });
    return this.get(name);
  }

  /**
   * Runs it now, also while it is paused; `overlap` in the place of its own. `requestId`: what is asked for again with it is done once.
   * Throws SCHEDULE_NOT_FOUND.
   */
  async trigger(
    name: string,
    { overlap, requestId = randomUUID() }: { overlap?: OverlapPolicy; requestId?: string } = {},
  ): Promise<void> {
    const overlapPolicy = await this.overlapFor(name, overlap);
    await this.patch(name, requestId, async (held) => ({
      triggerImmediately: { overlapPolicy, scheduledTime: msToTs(await this.secondForTrigger(name, held)) },
    }));
  }

  /** Runs it for all its times of a period, which has passed; once for a `requestId`. Throws SCHEDULE_NOT_FOUND and SCHEDULE_INVALID. */
  async backfill(
    name: string,
    {
      from,
      to,
      overlap,
      requestId = randomUUID(),
    }: { from: number; to: number; overlap?: OverlapPolicy; requestId?: string },
  ): Promise<void> {
    if (from >= to) {
      const detail = 'is not before the end of the period: say an earlier one';
      const message = 'The period ends before it begins: say an earlier "from".';
      throw new FaultyValue('SCHEDULE_INVALID', message, [{ path: ['from'], detail }]);
    }
    if (to > Date.now()) {
      const detail = 'is still to come: a backfill is for a period that has passed';
      throw new FaultyValue('SCHEDULE_INVALID', `The end of the period ${detail}.`, [{ path: ['to'], detail }]);
    }
    const overlapPolicy = await this.overlapFor(name, overlap);
    const backfillRequest = [{ startTime: msToTs(from), endTime: msToTs(to), overlapPolicy }];
    await this.patch(name, requestId, { backfillRequest });
  }

  /** What runs goes on. Throws SCHEDULE_NOT_FOUND and PRECONDITION_FAILED. */
  async remove(name: string, ifMatch?: IfMatch): Promise<void> {
    await this.alone(name, async (handle, held) => {
      requireSchedule(ifMatch, await held.read());
      try {
        await handle.delete();
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
      await held.remove();
    });
  }

  /** What was made, or why nothing was. */
  private async make(
    { name, paused = false }: ScheduleRequest,
    { definition, isNew, held, seed }: NewSchedule,
  ): Promise<ScheduleOverview | Error> {
    const found = await this.described(name);
    if (found) return (await held.isOf(seed)) ? overviewOf(await held.read(), found) : scheduleExists(name);
    // A creation that was broken off has left a row, and no schedule.
    if (!isNew) await held.makeAnew(definition, seed);
    try {
      await this.say(definition.cron, () =>
        this.dependencies.temporal.schedule.create({ ...this.partsOf(definition), state: { paused } }),
      );
    } catch (error) {
      await held.remove();
      return error as Error;
    }
    return overviewOf(await held.read(), await this.described(name));
  }

  private async prepare(request: ScheduleRequest): Promise<ScheduleDefinition> {
    const { name, plan, hash: planHash, documents, baseDirectory, cron, timeZone, overlap, catchUpMs } = request;
    const fault = scheduleFault(request);
    if (fault) throw timesInvalid(fault);
    const inputs = validateInputs(plan, request.inputs);
    await this.dependencies.plans.put(this.dependencies.workspace, documents);
    return { name, planName: plan.name, planHash, inputs, baseDirectory, cron, timeZone, overlap, catchUpMs };
  }

  private partsOf({ name, cron, timeZone, overlap, catchUpMs, planName }: ScheduleDefinition) {
    const { workspace, settings } = this.dependencies;
    const scheduleId = scheduleIdOf(workspace, name);
    return {
      scheduleId,
      spec: { cronExpressions: cron, timezone: timeZone },
      action: {
        type: 'startWorkflow' as const,
        workflowType: scheduledSessionWorkflow,
        // Temporal adds the time.
        workflowId: scheduleId,
        taskQueue: settings.taskQueue,
        args: [{ workspace, schedule: name }] as [ScheduledSessionInput],
        staticSummary: planName,
      },
      policies: { overlap: overlaps[overlap], catchupWindow: catchUpMs },
    } satisfies ScheduleOptions;
  }

  /**
   * One after another: of those that arrive while the schedule is not looking, Temporal 1.29 keeps the last only (service/worker/scheduler/workflow.go,
   * `pendingPatch`). Whoever asks what it is like is answered when it has looked. Told again with its `requestId`, Temporal does nothing. Throws
   * SCHEDULE_NOT_FOUND.
   */
  private patch(
    name: string,
    requestId: string,
    said: SchedulePatch | ((held: HeldSchedule) => Promise<SchedulePatch>),
  ): Promise<void> {
    const { temporal, workspace } = this.dependencies;
    const { namespace, identity } = temporal.options;
    return this.alone(name, async (handle, held) => {
      const patch = typeof said === 'function' ? await said(held) : said;
      const scheduleId = scheduleIdOf(workspace, name);
      await temporal.workflowService.patchSchedule({ namespace, scheduleId, identity, requestId, patch });
      await handle.describe();
    });
  }

  /**
   * While nobody else changes the schedule: what Temporal and the database have of it belongs together, and Temporal's update is a look and an answer to
   * it, which would undo what came between. Throws SCHEDULE_NOT_FOUND.
   */
  private async alone<T>(name: string, work: (handle: ScheduleHandle, held: HeldSchedule) => Promise<T>): Promise<T> {
    const done = await this.ifThere(name, work);
    if (!done) throw scheduleNotFound(name);
    return done.is;
  }

  private async ifThere<T>(
    name: string,
    work: (handle: ScheduleHandle, held: HeldSchedule) => Promise<T>,
  ): Promise<{ is: T } | undefined> {
    const { schedules, workspace } = this.dependencies;
    const handle = this.handleOf(name);
    try {
      return await schedules.alone(workspace, name, async (held) => ({ is: await work(handle, held) }));
    } catch (error) {
      const isGone = isGrpcServiceError(error) && Number(error.code) === grpcNotFound;
      if (isGone || error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * One that neither another trigger has nor one of its times, as far as these are known: Temporal ends the id of a run with its second, and two of
   * one second would be one.
   */
  private async secondForTrigger(name: string, held: HeldSchedule): Promise<number> {
    const { nextActionTimes = [], recentActions = [] } = (await this.described(name))?.info ?? {};
    const taken = new Set(
      [...nextActionTimes, ...recentActions.map(({ scheduledAt }) => scheduledAt)].map((time) =>
        secondOf(time.getTime()),
      ),
    );
    for (;;) {
      const at = await held.nextTrigger();
      // Each second is looked at once, so that this ends.
      if (!taken.delete(secondOf(at))) return at;
    }
  }

  /** Its own, unless another is said. */
  private async overlapFor(name: string, said: OverlapPolicy | undefined) {
    const { overlap: own } = await this.find(name);
    return encodeScheduleOverlapPolicy(overlaps[said ?? own]) ?? null;
  }

  private async find(name: string): Promise<StoredSchedule> {
    const { schedules, workspace } = this.dependencies;
    const found = await schedules.find(workspace, name);
    if (found) return found;
    throw scheduleNotFound(name);
  }

  private handleOf(name: string): ScheduleHandle {
    return this.dependencies.temporal.schedule.getHandle(scheduleIdOf(this.dependencies.workspace, name));
  }

  private async described(name: string): Promise<ScheduleDescription | undefined> {
    try {
      return await this.handleOf(name).describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }

  /** Passes on what Temporal finds wrong with the times. */
  private async say<T>(cron: readonly string[], ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const { message, cause } = error as Error;
      const words = `${message} ${cause instanceof Error ? cause.message : ''}`;
      const [, fault] = /(?:invalid schedule spec|InvalidArgument|INVALID_ARGUMENT):?\s*(.*)$/i.exec(words) ?? [];
      if (fault === undefined) throw error;
      // The time zone was looked at before.
      const detail = `${cron.map((one) => `"${one}"`).join(' or ')}: ${fault.trim()}`;
      throw timesInvalid({ path: ['cron'], detail }, { cause: error });
    }
  }
}

const grpcNotFound = 5;

function requireSchedule(ifMatch: IfMatch, present: StoredSchedule): void {
  requireMatch(ifMatch, scheduleEtag(present), `Schedule "${present.name}"`);
}

function timesInvalid(fault: ValueFault, options?: ErrorOptions): OrchestraError {
  return new FaultyValue('SCHEDULE_INVALID', `The schedule cannot be used: ${fault.detail}.`, [fault], options);
}

function scheduleExists(name: string): OrchestraError {
  return new OrchestraError(
    'SCHEDULE_EXISTS',
    `There is a schedule "${name}" already. Change that one, or choose another name.`,
  );
}

function scheduleNotFound(name: string): OrchestraError {
  return new OrchestraError(
    'SCHEDULE_NOT_FOUND',
    `There is no schedule "${name}". \`orchestra schedules list\` shows their names.`,
  );
}

const secondOf = (epochMs: number): number => Math.floor(epochMs / 1_000);

function overviewOf(stored: StoredSchedule, found: ScheduleDescription | undefined): ScheduleOverview {
  const { state, info } = found ?? {};
  return {
    ...stored,
    paused: state?.paused ?? true,
    note: state?.note ?? null,
    next: (info?.nextActionTimes ?? []).map((time) => time.getTime()),
    recent: (info?.recentActions ?? [])
      .map(({ scheduledAt, takenAt, action }) => ({
        scheduledAt: scheduledAt.getTime(),
        startedAt: takenAt.getTime(),
        session: scheduledSessionId(stored.name, action.workflow.workflowId),
      }))
      .reverse(),
    running: info?.runningActions.length ?? 0,
  };
}
