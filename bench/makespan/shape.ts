/** A DAG of simulated work. */
export interface Shape {
  name: string;
  concurrency: number;
  tasks: ShapeTask[];
}

export interface ShapeTask {
  name: string;
  needs: string[];
  /** How long it works; of a fan-out, each item. */
  durationMs: number;
  /** 1 (most urgent) to 5. */
  priority?: number;
  fanOut?: { items: number; maxParallel: number };
}
