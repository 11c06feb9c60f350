import type { OrchestraClient } from '../client/orchestra-client';
import type { StartOptions } from '../client/start-session';
import type { IdempotencyStore } from '../contracts/ports/idempotency-store';
import type { Plan } from '../domain/plan/plan';
import type { Recognise } from './principal';

/** What the routes of people and their programs need of the installation. */
export interface Gateway {
  recognise: Recognise;
  idempotency: IdempotencyStore;
  /** The SDK, for one workspace. */
  clientOf(workspace: string): OrchestraClient;
  documentsOf(plan: Plan): StartOptions['documents'];
  /** Folder that relative paths of plans are resolved against, on the machines of the agents. */
  baseDirectory: string;
  /** Names of the servers that cannot be reached. */
  missingServers(): Promise<string[]>;
}
