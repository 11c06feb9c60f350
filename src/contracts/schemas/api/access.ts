import { z } from 'zod';
import { givenRoles } from '../../../domain/access/roles';
import { workspaceName } from '../workspace-name';
import { strictObject } from '../plan-fields';
import { etag, next, time } from './common';

const role = z.enum(givenRoles);
const title = z.string().max(200);

export const workspacePath = z.object({ workspace: workspaceName });
export const workspace = z
  .object({
    workspace: z.string(),
    title: z.string().describe('For people.'),
    createdAt: time.nullable().describe('Null where nobody made it: it is in use all the same.'),
    createdBy: z.string().nullable(),
    etag,
  })
  .meta({ id: 'Workspace' });
export const workspaceList = z.object({ workspaces: z.array(workspace), next });
export const newWorkspace = strictObject({ workspace: workspaceName, title: title.default('') });
export const workspaceChange = strictObject({ title });

export const memberPath = workspacePath.extend({
  subject: z.string().min(1).max(200).describe('The `sub` of the JWTs of a person.'),
});
export const member = z
  .object({ subject: z.string(), role, addedAt: time, addedBy: z.string() })
  .meta({ id: 'WorkspaceMember' });
export const memberList = z.object({ members: z.array(member) });
export const memberPage = memberList.extend({ next });
export const memberRequest = strictObject({ role });

const shownScope = z
  .object({
    taskTypes: z.array(z.string()).readonly().optional(),
    capabilities: z.array(z.string()).readonly().optional(),
  })
  .optional()
  .describe('Which tasks they may submit, where it is not all.');

export const whoami = z
  .object({
    workspace: z.string(),
    role: z.string(),
    subject: z.string().describe('As it stands in the audit log: `token:ci/0f1e2d3c4b5a`, `jwt:ada`.'),
    scope: shownScope,
  })
  .meta({ id: 'Whoami' });

export const tokenPath = z.object({ token: z.string().min(1).max(100).describe('Id of a token, which is no secret.') });
const tokenOverview = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  scope: shownScope,
  createdAt: time,
  expiresAt: time,
});
export const tokenList = z.object({ tokens: z.array(tokenOverview) });
export const tokenPage = tokenList.extend({ next });
const scopeNames = z.array(z.string().min(1).max(200)).min(1).max(100);
const newScope = strictObject({
  taskTypes: scopeNames.exactOptional().describe('Only tasks of these types.'),
  capabilities: scopeNames.exactOptional().describe('Only tasks that ask for one of these.'),
})
  .refine((scope) => Object.keys(scope).length > 0, 'say "taskTypes", "capabilities" or both')
  .meta({ minProperties: 1 });
export const newToken = strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,63}$/, 'takes letters, digits, -, _ and ., at most 63'),
  role,
  expiresInDays: z.number().int().min(1).max(365).default(90),
  scope: newScope
    .exactOptional()
    .describe(
      'Which tasks it may submit; all that its role may, where it is left out. At most those of the token of the request.',
    ),
  workspace: workspaceName
    .exactOptional()
    .describe('Another one than that of the request: for administrators of the installation.'),
});
export const madeToken = z.object({
  id: z.string(),
  name: z.string(),
  role,
  scope: shownScope,
  workspace: z.string(),
  expiresAt: time,
  token: z.string().nullable().describe('Shown once: null in the answer to a repeated request.'),
});
