import { may, roles } from '../../../src/domain/access/roles';
import type { Permission } from '../../../src/domain/access/roles';

const permissions: Permission[] = ['read', 'task.submit', 'agent.manage', 'workspace.manage', 'work.do'];

test('each role of people may do what the ones before it may; agents come for work, and nobody else does', () => {
  expect(Object.fromEntries(roles.map((role) => [role, permissions.filter((one) => may(role, one))]))).toEqual({
    viewer: ['read'],
    user: ['read', 'task.submit'],
    'agent-manager': ['read', 'task.submit', 'agent.manage'],
    admin: ['read', 'task.submit', 'agent.manage', 'workspace.manage'],
    agent: ['work.do'],
  });
});
