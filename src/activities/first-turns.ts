import type { FirstTurns } from '../contracts/ports/first-turns';
import type { TurnRequest, TurnResult } from '../contracts/protocol/activities';
import { eventIds, runOfStart } from '../contracts/protocol/ids';
import { isInline } from '../domain/plan/inline';
import type { Plan } from '../domain/plan/plan';
import { concludeTurn } from './turn/conclude-turn';
import type { ConcludedTurnWork } from './turn/conclude-turn';
import type { StartedTurns } from './turn/started-turns';
import { takeFirstTurn } from './turn/take-turn';

export interface FirstTurnDependencies extends ConcludedTurnWork {
  started: StartedTurns;
  /** Around a turn, for traces. */
  traced<Result extends TurnResult | undefined>(request: TurnRequest, take: () => Promise<Result>): Promise<Result>;
}

/** The turn is in the input of the workflow: so many tasks are some tens of KB of it, and Temporal takes 2 MB. */
const maxTasks = 250;

/** First turns that are taken by who starts the session. See docs/decisions on starts that bring their turn. */
export function createFirstTurns(dependencies: FirstTurnDependencies): FirstTurns {
  const { plans, traced, started } = dependencies;
  return {
    take: async (session, trace) => {
      const { workspace, id, planHash } = session;
      const request: TurnRequest = {
        workspace,
        session: id,
        runId: runOfStart,
        turn: 1,
        ...(trace !== undefined && { trace }),
        events: [{ id: eventIds.started, type: 'session-started' }],
        firstOfRun: true,
      };
      const { plan } = await plans.load(workspace, planHash);
      if (!isBrought(plan)) {
        const first = await takeFirstTurn(dependencies, session, request);
        if (first) started.note(first);
        return { isAdded: first !== undefined };
      }
      const brought = await traced(request, async () => {
        const first = await takeFirstTurn(dependencies, session, request);
        return first && concludeTurn(dependencies, request, [first]);
      });
      return brought ? { isAdded: true, brought: { number: request.turn, ...brought } } : { isAdded: false };
    },
  };
}

/** What runs inside of turns waits for a workflow, which takes it up again where the process dies. */
function isBrought({ tasks, agents }: Plan): boolean {
  const all = Object.values(tasks);
  return all.length <= maxTasks && !all.some((task) => Object.values(agents).some((agent) => isInline(task, agent)));
}
