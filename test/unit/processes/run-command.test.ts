import { readProcess } from '../../../src/processes/read-process';
import { runCommand } from '../../../src/processes/run-command';
import { until } from '../../helpers/until';

const common = { environment: { PATH: process.env['PATH'] }, timeoutMs: 60_000 };

describe('runCommand', () => {
  test('hands back the exit code and all output', async () => {
    const result = await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3'], common);
    expect(result.exitCode).toBe(3);
    expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('gives the command only the environment it is told', async () => {
    const result = await runCommand('env', [], { ...common, environment: { PATH: process.env['PATH'], ONLY: 'this' } });
    expect(result.output.split('\n').filter((line) => !line.startsWith('PATH='))).toEqual(['ONLY=this', '']);
  });

  test('ends a command that takes too long, with its children', async () => {
    const result = await runCommand('sh', ['-c', 'sleep 600 & echo $!; wait'], { ...common, timeoutMs: 300 });
    expect(result.exitCode).toBeNull();
    const grandchild = Number(result.output.trim());
    await until('the grandchild is gone', () => readProcess(grandchild) === null);
  });

  test('rejects where there is no such program', async () => {
    await expect(runCommand('no-such-program-here', [], common)).rejects.toThrow('ENOENT');
  });
});
