import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { OrchestraError } from '../../domain/errors';

export const csrfHeader = 'orchestra-csrf';

/** What the page of somebody who is logged in sends with each change: a page of another origin can make a browser send the cookie, and never read this. */
export function csrfTokenOf(login: string): string {
  return createHash('sha256').update(`csrf ${login}`).digest('base64url');
}

/** Throws TOKEN_FORBIDDEN for a change that comes with a cookie, and without what shows that the API's own page made it. */
export function requireOwnPage({ method, headers }: FastifyRequest, login: string, publicUrl: string): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { origin } = headers;
  const sent = headers[csrfHeader];
  const expected = Buffer.from(csrfTokenOf(login));
  const token = Buffer.from(typeof sent === 'string' ? sent : '');
  const isOwn = origin === undefined || origin === new URL(publicUrl).origin;
  if (isOwn && token.length === expected.length && timingSafeEqual(token, expected)) return;
  throw new OrchestraError(
    'TOKEN_FORBIDDEN',
    `A change by somebody who is logged in takes the header ${csrfHeader}, with the csrfToken of GET /login/session, from a page of the API itself.`,
  );
}
