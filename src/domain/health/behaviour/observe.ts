import type { AgentEvent } from '../agent-event';
import { fade } from '../chances';
import type { AgentBehaviour, BehaviourMeasure, BehaviourOutcome, RecentOutcome, ValueMeasure } from './behaviour';
import { behaviourMeasures, newBehaviour, valueOf } from './behaviour';
import { chanceOf, evidenceOf, excessOf, isBad, looks } from './evidence';

const hourMs = 3_600_000;
/** The past is some 400 outcomes long: each that is added leaves this share of those before. */
const keep = 0.9975;
const valuesOfTask = 60;
const tasksKept = 20;
const mostRecent = looks[looks.length - 1] ?? 0;
/** It is over once so many outcomes in a row, since it began, are as likely as this in the past. */
const calmOutcomes = 20;
const calmChance = 0.05;
/** What lasts for so many outcomes is the new normal. */
const adoptedAfter = 200;

export interface ObservedBehaviour {
  behaviour: AgentBehaviour;
  events: AgentEvent[];
}

/** Takes in what attempts of the agent came to, in the order of time. */
export function observeBehaviour(before: AgentBehaviour, outcomes: readonly BehaviourOutcome[]): ObservedBehaviour {
  const events: AgentEvent[] = [];
  let behaviour = before;
  for (const outcome of outcomes) {
    behaviour = takeIn(letAge(behaviour, outcome.at), outcome);
    for (const measure of behaviourMeasures) {
      const judged = judgeMeasure(behaviour, measure, outcome);
      if (judged.event) events.push(judged.event);
      behaviour = judged.behaviour;
    }
  }
  return { behaviour, events };
}

/** What is older than an hour, and more than can be looked at, becomes the past. */
function letAge(behaviour: AgentBehaviour, now: number): AgentBehaviour {
  const { recent } = behaviour;
  const aged = recent.findIndex((one, at) => one.at > now - hourMs && recent.length - at < mostRecent);
  const count = aged === -1 ? recent.length : aged;
  if (count === 0) return behaviour;
  return recent.slice(0, count).reduce(becomePast, { ...behaviour, recent: recent.slice(count) });
}

function becomePast(behaviour: AgentBehaviour, outcome: BehaviourOutcome): AgentBehaviour {
  const { past, tasks, unusual } = behaviour;
  const { [outcome.task]: own = { duration: [], cost: [] }, ...others } = tasks;
  const longer = (measure: ValueMeasure): number[] => {
    const value = valueOf(outcome, measure);
    return value === null || unusual[measure] ? own[measure] : [...own[measure], rounded(value)].slice(-valuesOfTask);
  };
  return {
    ...behaviour,
    past: unusual.failures ? past : fade(past, outcome.failed, keep),
    tasks: Object.fromEntries([
      ...Object.entries(others).slice(1 - tasksKept),
      [outcome.task, { duration: longer('duration'), cost: longer('cost') }],
    ]),
  };
}

function takeIn(behaviour: AgentBehaviour, outcome: BehaviourOutcome): AgentBehaviour {
  const own = behaviour.tasks[outcome.task] ?? { duration: [], cost: [] };
  const noted: RecentOutcome = {
    ...outcome,
    duration: excessOf(valueOf(outcome, 'duration'), own.duration),
    cost: excessOf(valueOf(outcome, 'cost'), own.cost),
  };
  return { ...behaviour, recent: [...behaviour.recent, noted] };
}

function judgeMeasure(
  behaviour: AgentBehaviour,
  measure: BehaviourMeasure,
  { at }: BehaviourOutcome,
): { behaviour: AgentBehaviour; event?: AgentEvent } {
  const { unusual, recent } = behaviour;
  const open = unusual[measure];
  if (!open) {
    const why = evidenceOf(behaviour, measure);
    if (why === undefined) return { behaviour };
    const opened = { ...behaviour, unusual: { ...unusual, [measure]: { since: at, why, outcomes: 0 } } };
    return { behaviour: opened, event: { kind: 'unusual', why: `it ${why}` } };
  }
  const outcomes = open.outcomes + 1;
  const since = recent.slice(-outcomes).filter((one) => isBad(one, measure) !== undefined);
  const latest = since.slice(-calmOutcomes);
  const isCalm = latest.length === calmOutcomes && (chanceOf(latest, measure, behaviour.past) ?? 0) >= calmChance;
  if (isCalm) {
    const event: AgentEvent = { kind: 'usual', why: `it no longer ${open.why.split(':')[0] ?? ''}` };
    // What was unusual is forgotten.
    return { behaviour: { ...without(behaviour, measure), recent: recent.slice(-calmOutcomes) }, event };
  }
  if (outcomes >= adoptedAfter) {
    const why = `it ${open.why.split(':')[0] ?? ''}, for ${adoptedAfter} attempts by now: that is the new normal`;
    return { behaviour: forgetPast(without(behaviour, measure), measure), event: { kind: 'usual', why } };
  }
  return { behaviour: { ...behaviour, unusual: { ...unusual, [measure]: { ...open, outcomes } } } };
}

function without(behaviour: AgentBehaviour, measure: BehaviourMeasure): AgentBehaviour {
  const { [measure]: over, ...unusual } = behaviour.unusual;
  return over ? { ...behaviour, unusual } : behaviour;
}

/** What is recent makes up the past of the measure from here on. */
function forgetPast(behaviour: AgentBehaviour, measure: BehaviourMeasure): AgentBehaviour {
  if (measure === 'failures') return { ...behaviour, past: newBehaviour.past };
  return {
    ...behaviour,
    tasks: Object.fromEntries(Object.entries(behaviour.tasks).map(([task, own]) => [task, { ...own, [measure]: [] }])),
    recent: behaviour.recent.map((one) => ({ ...one, [measure]: null })),
  };
}

/** Five digits are enough to compare. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
