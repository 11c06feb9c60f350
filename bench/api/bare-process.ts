import fastify from 'fastify';
import { requireReadable } from '../../src/api/read-plan-source';
import { newSession, sessionPath, sessionQuery } from '../../src/contracts/schemas/api/session';

/** What the process is told first: what it answers, whatever it is asked. */
export interface BareAnswers {
  session: object;
  page: object;
}

/**
 * What the API is measured beside: Fastify routes that check requests by the same schemas, and plans by the same reader, and answer with what they were
 * given. They know no tokens, keep no audit log, and ask no server.
 */
async function serve({ session, page }: BareAnswers): Promise<void> {
  const app = fastify();
  app.post('/v1/sessions', async ({ body }, reply) => {
    await requireReadable(newSession.parse(body));
    return reply.code(202).send(session);
  });
  app.get('/v1/sessions', async ({ query }, reply) => {
    sessionQuery.parse(query);
    return reply.send(page);
  });
  app.get('/v1/sessions/:session', async ({ params }, reply) => {
    sessionPath.parse(params);
    return reply.send(session);
  });
  process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
}

process.once('message', (answers: BareAnswers) => void serve(answers));
process.once('disconnect', () => process.exit());
