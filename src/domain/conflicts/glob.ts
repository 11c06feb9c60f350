/**
 * A pattern as a non-deterministic automaton. States are numbered in the order of the pattern; the last one accepts.
 * `*` and `?` stay inside a segment between slashes, `**` does not. A whole segment `**` also stands for no segment at all.
 */
interface Automaton {
  /** By state: what one character may lead to. */
  steps: Step[][];
  /** By state: states that are reached without a character. */
  skips: number[][];
}

interface Step {
  takes: Characters;
  to: number;
}

/** One character; any but a slash; any. */
type Characters = { only: string } | 'no-slash' | 'any';

/** Whether some text matches both patterns. Time and space grow with the product of their lengths. */
export function globsIntersect(left: string, right: string): boolean {
  const [a, b] = [compile(left), compile(right)];
  const width = b.steps.length;
  const seen = new Uint8Array(a.steps.length * width);
  const open: [number, number][] = [];
  const reach = (i: number, j: number): void => {
    if (seen[i * width + j]) return;
    seen[i * width + j] = 1;
    open.push([i, j]);
  };
  reach(0, 0);
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [i, j] = pair;
    if (i === a.steps.length - 1 && j === width - 1) return true;
    a.skips[i]?.forEach((to) => reach(to, j));
    b.skips[j]?.forEach((to) => reach(i, to));
    for (const one of a.steps[i] ?? []) {
      for (const other of b.steps[j] ?? []) if (shareCharacter(one.takes, other.takes)) reach(one.to, other.to);
    }
  }
  return false;
}

function shareCharacter(left: Characters, right: Characters): boolean {
  if (left === 'any' || right === 'any') return true;
  if (left === 'no-slash') return right === 'no-slash' || right.only !== '/';
  return right === 'no-slash' ? left.only !== '/' : left.only === right.only;
}

function compile(glob: string): Automaton {
  const steps: Step[][] = [[]];
  const skips: number[][] = [[]];
  const last = (): number => steps.length - 1;
  const grow = (): number => {
    skips.push([]);
    return steps.push([]) - 1;
  };
  const step = (from: number, takes: Characters, to: number): unknown => steps[from]?.push({ takes, to });
  const skip = (from: number, to: number): unknown => skips[from]?.push(to);
  const one = (takes: Characters): unknown => step(last(), takes, grow());
  const many = (takes: Characters): void => {
    const before = last();
    const loop = grow();
    skip(before, loop);
    step(loop, takes, loop);
  };
  /** Lets the part that `build` makes be left out. */
  const optional = (build: () => void): void => {
    const before = last();
    build();
    const built = last();
    const after = grow();
    skip(built, after);
    skip(before, after);
  };
  for (const [part] of glob.matchAll(/\/\*\*$|(?<=^|\/)\*\*\/|\*\*|[^]/gu)) {
    if (part === '/**') optional(() => (one({ only: '/' }), many('any')));
    else if (part === '**/') optional(() => (many('any'), one({ only: '/' })));
    else if (part === '**') many('any');
    else if (part === '*') many('no-slash');
    else one(part === '?' ? 'no-slash' : { only: part });
  }
  return { steps, skips };
}
