import { anyObject } from '../../contracts/schemas/api/common';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

export function openApiRoute(document: () => Record<string, unknown>): AnyRoute {
  return defineRoute({
    method: 'GET',
    url: '/openapi.json',
    tag: 'Process',
    summary: 'This document.',
    answer: anyObject,
    handle: () => ({ body: document() }),
  });
}
