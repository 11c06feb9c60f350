import fastify from 'fastify';
import { answerErrors } from '../../../src/api/problem';
import { OrchestraError } from '../../../src/domain/errors';

async function answerTo(error: Error): Promise<{ status: number; code: unknown; retryAfter: unknown }> {
  const app = fastify();
  answerErrors(app, () => undefined);
  app.get('/', () => Promise.reject(error));
  const { statusCode: status, headers, body } = await app.inject('/');
  return { status, code: (JSON.parse(body) as { code: unknown }).code, retryAfter: headers['retry-after'] };
}

it.each([
  Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  Object.assign(new Error('terminating connection'), { code: '57P01' }),
  // As pg says it.
  new Error('timeout exceeded when trying to connect'),
  new Error('Connection terminated unexpectedly'),
])('says when to come again where a server is away: %s', async (error) => {
  expect(await answerTo(error)).toEqual({ status: 503, code: 'SERVER_UNAVAILABLE', retryAfter: '1' });
});

it('says so nowhere else', async () => {
  expect(await answerTo(new Error('no such thing'))).toEqual({ status: 500, code: 'INTERNAL', retryAfter: undefined });
  expect(await answerTo(new OrchestraError('ATTEMPT_SUPERSEDED', 'given up'))).toEqual({
    status: 409,
    code: 'ATTEMPT_SUPERSEDED',
    retryAfter: undefined,
  });
});
