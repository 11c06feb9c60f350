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

it('says when to come again where a server is away, and only there', async () => {
  expect(await answerTo(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toEqual({
    status: 503,
    code: 'SERVER_UNAVAILABLE',
    retryAfter: '1',
  });
  expect(await answerTo(new OrchestraError('ATTEMPT_SUPERSEDED', 'given up'))).toEqual({
    status: 409,
    code: 'ATTEMPT_SUPERSEDED',
    retryAfter: undefined,
  });
});
