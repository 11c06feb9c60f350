import { oneAfterAnother } from '../../../src/stores/one-after-another';

const rounds = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('does work with the same key in order, and other work beside it, whatever fails', async () => {
  const inTurn = oneAfterAnother();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const work = (name: string) => (): Promise<string> => {
    begun.push(name);
    return new Promise((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve(name))));
  };
  const [first, second, third] = [
    inTurn('a', work('first')),
    inTurn('a', work('second')),
    inTurn('b', work('third')),
  ] as const;
  const failed = expect(first).rejects.toThrow('no');
  expect(begun).toEqual(['first', 'third']);
  ends.get('first')?.(new Error('no'));
  await failed;
  await rounds();
  expect(begun).toEqual(['first', 'third', 'second']);
  ends.get('second')?.();
  ends.get('third')?.();
  expect(await Promise.all([second, third])).toEqual(['second', 'third']);
});
