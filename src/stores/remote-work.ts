import type { Pool } from 'pg';
import type {
  ClaimAnswer,
  ClaimedAttempt,
  FinishedAttempt,
  HeldAttempt,
  HeldState,
  RemoteAttempt,
  RemoteWorkStore,
} from '../contracts/ports/remote-work-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import type { AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { batched } from './batch';
import { databaseJson, databaseText } from './database-text';
import {
  claimText,
  claimedText,
  extendText,
  findText,
  finishText,
  offerText,
  takeBackText,
} from './remote-work-statements';
import { toClaimed, toFinished, toRemoteAttempt } from './remote-work-rows';
import type { BegunRow, FinishedRow, RemoteAttemptRow } from './remote-work-rows';
import { acrossWorkspaces } from './scope';

/** Attempts whose heartbeats share a statement: what waits for a statement before is taken in one go. */
const maxBeats = 5_000;

interface Offer {
  attempt: RunTaskInput;
  taskToken: Uint8Array;
  timeoutMs: number;
}

interface Claim extends ClaimAnswer {
  agent: AgentKey;
  max: number;
}

export function createRemoteWorkStore(pool: Pool): RemoteWorkStore {
  const select = async <Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
    (await acrossWorkspaces(pool, 'remote agents').query<Row>({ name, text, values })).rows;

  const offer = batched<Offer, void>(async (offers) => {
    // One statement cannot change a row twice: of two activities of an attempt, the later one.
    const distinct = [...new Map(offers.map((one) => [attemptId(one.attempt), one])).values()];
    await select('offer-work', offerText, [
      databaseJson(distinct.map(({ attempt, timeoutMs }, nth) => ({ ...attempt, timeoutMs, nth: nth + 1 }))),
      distinct.map(({ taskToken }) => Buffer.from(taskToken)),
    ]);
    return offers.map(() => undefined);
  });

  const claim = batched<Claim, ClaimedAttempt[]>(async (claims) => {
    const rows = await select<BegunRow>('claim-work', claimText, [databaseJson(pollsOf(claims))]);
    return claims.map((one) => rows.filter(({ delivery }) => delivery === one.delivery).map(toClaimed));
  });

  const extend = batched<{ agent: AgentKey; attempts: readonly HeldAttempt[] }, HeldState[]>(
    async (calls) => {
      // Two heartbeats of one attempt share an entry.
      const beats = new Map<string, HeldAttempt & { agent: string; agentWorkspace: string }>();
      const beatId = (agent: AgentKey, attempt: RunTaskInput): string => `${agentId(agent)} ${attemptId(attempt)}`;
      for (const { agent, attempts } of calls) {
        for (const attempt of attempts) {
          beats.set(beatId(agent, attempt), { ...attempt, agent: agent.name, agentWorkspace: agent.workspace });
        }
      }
      if (beats.size === 0) return calls.map(() => []);
      const entries = [...beats.entries()];
      const rows = await select<{ nth: number; cancelled: boolean }>('extend-remote-leases', extendText, [
        databaseJson(entries.map(([, beat], nth) => ({ ...beat, nth }))),
      ]);
      const states = new Map(rows.map(({ nth, cancelled }) => [entries[nth]?.[0], cancelled ? 'cancelled' : 'held']));
      return calls.map(({ agent, attempts }) =>
        attempts.map((attempt) => (states.get(beatId(agent, attempt)) ?? 'gone') as HeldState),
      );
    },
    { maxCalls: maxBeats, bytesOf: ({ attempts }) => attempts.length, maxBytes: maxBeats },
  );

  const find = batched<{ agent: AgentKey; attempt: RunTaskInput }, RemoteAttempt | undefined>(async (calls) => {
    const rows = await select<RemoteAttemptRow & { nth: number }>('find-remote-attempts', findText, [
      databaseJson(
        calls.map(({ agent, attempt }, nth) => ({
          ...attempt,
          agent: agent.name,
          agentWorkspace: agent.workspace,
          nth,
        })),
      ),
    ]);
    const byCall = new Map(rows.map((row) => [row.nth, row]));
    return calls.map((_, nth) => {
      const row = byCall.get(nth);
      return row && toRemoteAttempt(row);
    });
  });

  const finish = batched<RunTaskInput, FinishedAttempt>(async (attempts) => {
    const rows = await select<FinishedRow & { nth: number }>('finish-remote-work', finishText, [
      databaseJson(attempts.map((attempt, nth) => ({ ...attempt, nth }))),
    ]);
    const byCall = new Map(rows.map((row) => [row.nth, row]));
    return attempts.map((_, nth) => toFinished(byCall.get(nth)));
  });

  return {
    offer: (attempt, taskToken, timeoutMs) => offer({ attempt, taskToken, timeoutMs }),
    claim: (agent, answer, max) => claim({ agent, ...answer, max }),
    claimed: async ({ workspace, name }, { claimId, delivery }) => {
      const rows = await select<BegunRow>('claimed-work', claimedText, [
        workspace,
        name,
        databaseText(claimId),
        delivery,
      ]);
      return rows.map(toClaimed);
    },
    takeBack: async ({ workspace, name }, delivery) => {
      await select('take-back-work', takeBackText, [workspace, name, delivery]);
    },
    extend: (agent, attempts) => extend({ agent, attempts }),
    find: (agent, attempt) => find({ agent, attempt }),
    finish,
  };
}

function attemptId({ workspace, session, run, attempt, token }: RunTaskInput): string {
  return `${workspace}/${session}/${run}/${attempt}/${token}`;
}

interface Poll {
  workspace: string;
  agent: string;
  /** Claim and delivery that the first offer goes to, the second, … */
  answers: [claimId: string, delivery: string][];
}

/** One poll an agent: a statement does not see what it has locked itself. */
function pollsOf(claims: readonly Claim[]): Poll[] {
  const polls = new Map<string, Poll>();
  for (const { agent, claimId, delivery, max } of claims) {
    const { workspace, name } = agent;
    const poll = polls.get(agentId(agent)) ?? { workspace, agent: name, answers: [] };
    for (let one = 0; one < max; one += 1) poll.answers.push([claimId, delivery]);
    polls.set(agentId(agent), poll);
  }
  return [...polls.values()];
}
