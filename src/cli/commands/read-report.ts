import type { Session } from '../ports';
import { sessionReport } from '../report/session-report';
import type { SessionReport } from '../report/session-report';

/** The session as `-o json` prints it. */
export async function readReport(session: Session, now: number): Promise<SessionReport> {
  const [overview, runs, outputs] = await Promise.all([session.overview(), session.runs(), session.outputs()]);
  return sessionReport(overview, runs, outputs, session.workflowId, now);
}
