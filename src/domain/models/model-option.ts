import type { ModelPrice } from '../usage/prices';

/** One of the models that an agent can be told to use. */
export interface ModelOption {
  /** As the agent is told. */
  name: string;
  /** As its owner says; without it, that of the workspace's price table. */
  price?: ModelPrice;
}

export const maxModels = 10;
