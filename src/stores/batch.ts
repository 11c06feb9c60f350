/**
 * Groups calls that come while an earlier group is under way into the next one: under load many calls share a transaction, and a
 * lone call waits for nobody. `work` returns one answer a call, in order; when it throws, every call of the group fails.
 */
export function batched<Call, Answer>(
  work: (calls: Call[]) => Promise<Answer[]>,
  maxCalls = 200,
): (call: Call) => Promise<Answer> {
  const waiting: { call: Call; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  let underWay = false;

  const next = async (): Promise<void> => {
    if (underWay || waiting.length === 0) return;
    underWay = true;
    const group = waiting.splice(0, maxCalls);
    try {
      const answers = await work(group.map(({ call }) => call));
      group.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    } finally {
      underWay = false;
      void next();
    }
  };

  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject });
      // A microtask later, so that calls of the same moment go together.
      queueMicrotask(() => void next());
    });
}
