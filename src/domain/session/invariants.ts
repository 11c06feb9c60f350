import type { PlanIndex } from './outline';
import { maxRunsPerSession, policyOf } from './outline';
import { countRuns } from './fan-out';
import type { RunState, SessionState } from './state';
import { findRun, hasEnded, isInLine } from './state';

/** What is wrong with the state; empty for every state that the engine can reach. Every test of the engine calls it. */
export function brokenInvariants(index: PlanIndex, state: SessionState): string[] {
  const broken: string[] = [];
  const check = (holds: boolean, text: string): void => {
    if (!holds) broken.push(text);
  };
  const leaves: RunState[] = state.tasks.flatMap((task) => task.items ?? [task]);
  const running = leaves.filter(({ status }) => status === 'running');

  check(state.tasks.length === index.outline.tasks.length, 'one record a task');
  check(
    state.inFlight === running.length,
    `inFlight ${state.inFlight} is the number of running runs ${running.length}`,
  );
  check(state.inLine === leaves.filter(isInLine).length, `inLine ${state.inLine} counts the runs in the line`);
  const forAgents = leaves.filter((run) => isInLine(run) && run.reason === 'capacity').length;
  check(forAgents <= index.outline.concurrency, 'no more runs wait for agents than the session could start');
  check(!state.paused || state.inLine === 0, 'a paused session has nobody in the line');
  check(state.inFlight <= index.outline.concurrency, 'concurrency is not exceeded');
  check(
    state.open === state.tasks.filter((task) => !hasEnded(task)).length,
    'open counts the tasks that have not ended',
  );
  check(countRuns(index, state) <= maxRunsPerSession, 'the session is within its limit of runs');
  state.load.forEach((load, agent) => {
    const limit = index.outline.agents[agent]?.maxConcurrent ?? Infinity;
    check(load === running.filter((run) => run.agent === agent).length, `load of agent ${agent} counts its attempts`);
    check(load <= limit, `agent ${agent} is within its limit`);
  });
  const queued = new Set(state.queue.map(({ task, item }) => `${task}/${item}`));
  check(queued.size === state.queue.length, 'no run is queued twice');
  check(
    state.queue.every((ref) => findRun(state, ref)?.status === 'queued'),
    'what is in the queue is queued',
  );
  check(new Set(state.toEvaluate).size === state.toEvaluate.length, 'no task is to be evaluated twice');
  check(
    state.toEvaluate.every((task) => state.tasks[task]?.status === 'queued' && !state.tasks[task].items),
    'what is to be evaluated is queued',
  );
  const waitingForTurn = leaves.filter(({ status }) => status === 'queued').length;
  check(
    waitingForTurn === state.queue.length + state.toEvaluate.length,
    'what is queued is in the queue or to be evaluated',
  );
  check(
    !state.stopping || state.tasks.every(({ status }) => status !== 'pending'),
    'nothing is pending in a session that stops',
  );
  const isBeingStopped = state.stopping === 'cancelled' || state.stopping === 'timed-out';
  check(
    !isBeingStopped || running.every(({ stop }) => stop === 'cancel' || stop === 'race-lost'),
    'what runs in a session that is stopped is told to stop',
  );
  state.tasks.forEach((task, at) => checkTask(index, state, at, task, check));
  if (state.ended) check(state.open === 0 && state.inFlight === 0, 'an ended session has nothing open');
  else check(state.open > 0 || state.inFlight > 0, 'a session with nothing open or in flight has ended');
  return broken;
}

function checkTask(
  index: PlanIndex,
  state: SessionState,
  at: number,
  task: SessionState['tasks'][number],
  check: (holds: boolean, text: string) => void,
): void {
  const { needs, name } = index.outline.tasks[at] ?? { needs: [], name: '?' };
  if (task.status === 'running' || task.status === 'succeeded') {
    const allow = (need: number): boolean => {
      // It may have failed, and been retried since.
      if (policyOf(index, need).onFailure === 'continue') return true;
      const { status, reason } = state.tasks[need] ?? {};
      return status === 'succeeded' || (status === 'skipped' && reason === 'condition');
    };
    check(needs.every(allow), `task ${name} did not start before its needs were met`);
  }
  for (const run of [task, ...(task.items ?? [])]) {
    check(
      (run.status === 'waiting' && !isInLine(run)) === (run.dueAt !== undefined),
      `a run of ${name} has a due time while it waits for one`,
    );
    check(
      !run.ignoresConflicts || run.status === 'queued' || run.status === 'waiting',
      `a run of ${name} ignores conflicts only until it starts`,
    );
    check(
      !run.wasLost || run.status === 'queued' || run.status === 'waiting',
      `a run of ${name} goes elsewhere after a loss only until it starts`,
    );
    check(run.stop === undefined || run.status === 'running', `a run of ${name} is told to stop only while it runs`);
  }
  const { maxParallel } = policyOf(index, at);
  if (maxParallel !== undefined && task.items) {
    const running = task.items.filter(({ status }) => status === 'running').length;
    check(running <= maxParallel, `fan-out ${name} keeps to maxParallel`);
  }
  if (index.outline.tasks[at]?.race !== undefined) checkRace(index.outline.tasks[at].race, name, task, check);
  else if (task.items && hasEnded(task)) check(task.items.every(hasEnded), `the items of ${name} have ended with it`);
}

function checkRace(
  racers: number,
  name: string,
  { status, agent, items }: SessionState['tasks'][number],
  check: (holds: boolean, text: string) => void,
): void {
  if (!items) return;
  const winners = items.filter((racer) => racer.status === 'succeeded');
  check(items.length === racers, `${name} has ${racers} racers`);
  check(winners.length === (status === 'succeeded' ? 1 : 0), `${name} has one winner once it has succeeded`);
  check(status !== 'succeeded' || agent === winners[0]?.agent, `${name} was done by its winner`);
  const isOver = hasEnded({ status });
  check(!isOver || items.every((racer) => hasEnded(racer) || racer.stop === 'race-lost'), `${name} stops who lost`);
  check(isOver || items.every(({ stop }) => stop !== 'race-lost'), `nobody has lost ${name} before it is won`);
}
