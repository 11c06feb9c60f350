import { z } from 'zod';
import { name, strictObject } from '../plan-fields';
import { agentWithDefinition } from './agent';
import { anyObject } from './common';

const card = anyObject.describe('An A2A agent card, as the agent shows it at /.well-known/agent-card.json.');
const settings = anyObject
  .default({})
  .describe(
    'Keys of a definition that the card does not have, such as headers, maxConcurrent or shared, or in the place of what it says.',
  );

export const cardImport = strictObject({
  card,
  name: name.exactOptional().describe('Its name here, instead of that on the card.'),
  settings,
});

export const cardUpdate = strictObject({ card, settings });

export const markdownImport = strictObject({
  text: z
    .string()
    .min(1)
    .describe('Front matter with the keys of a definition, and instructions below it; or a subagent of Claude Code.'),
});

export const importedAgent = agentWithDefinition
  .extend({ notes: z.array(z.string()).describe('What is no fault, but good to know.') })
  .meta({ id: 'ImportedAgent' });
