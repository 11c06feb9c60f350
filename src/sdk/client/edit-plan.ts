import { ApiError } from '../api-error';
import { Plans } from './plans';
import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { PlanSource, Session, SessionPlan, SessionReply } from './types';
import { urlPath } from './url-path';

interface EditedSession {
  readonly id: string;
  plan(options?: CallOptions): Promise<SessionPlan>;
  get(options?: CallOptions): Promise<Session>;
}

/** A PUT has no key. Where it is refused as made from an old plan, and the session has just the plan that it brings, it was done before: its answer was lost. */
export async function editPlan(
  api: Requester,
  session: EditedSession,
  from: string,
  source: PlanSource,
  options?: CallOptions,
): Promise<SessionReply> {
  const path = urlPath`/v1/sessions/${session.id}/plan`;
  try {
    return await api.send({ method: 'PUT', path, body: source, headers: { 'if-match': `"${from}"` } }, options);
  } catch (error) {
    const isOutdated = error instanceof ApiError && error.code === 'PRECONDITION_FAILED';
    if (!isOutdated || !(await isDone(api, session, source, options))) throw error;
    const { id, status } = await session.get(options);
    return { id, status };
  }
}

async function isDone(
  api: Requester,
  session: EditedSession,
  source: PlanSource,
  options?: CallOptions,
): Promise<boolean> {
  const [{ hash }, present] = await Promise.all([new Plans(api).validate(source, options), session.plan(options)]);
  return hash === present.hash;
}
