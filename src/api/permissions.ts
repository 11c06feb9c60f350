import type { Permission } from '../domain/access/roles';

/** Who may do what: each route of the API with what it takes. A route that is not here cannot be served. */
export const rules: Readonly<Record<string, Permission | 'anybody'>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /openapi.json': 'anybody',

  'POST /v1/sessions': 'task.submit',
  'GET /v1/sessions': 'read',
  'GET /v1/sessions/{session}': 'read',
  'GET /v1/sessions/{session}/result': 'read',
  'GET /v1/sessions/{session}/events': 'read',
  'GET /v1/sessions/{session}/plan': 'read',
  'PUT /v1/sessions/{session}/plan': 'task.submit',
  'POST /v1/sessions/{session}/pause': 'task.submit',
  'POST /v1/sessions/{session}/resume': 'task.submit',
  'POST /v1/sessions/{session}/cancel': 'task.submit',
  'POST /v1/sessions/{session}/retry': 'task.submit',

  'POST /v1/agents/{agent}/claim': 'work.do',
  'POST /v1/agents/{agent}/heartbeat': 'work.do',
  'POST /v1/agents/{agent}/complete': 'work.do',
  'POST /v1/agents/{agent}/fail': 'work.do',
};
