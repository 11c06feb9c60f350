import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = join(process.cwd(), 'bin', 'orchestra.js');

/** `orchestra api` as a process of its own on a port of its own, which can be killed and started again. */
export class ApiProcess {
  private child: ChildProcess | undefined;

  constructor(
    readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, 'api', '--port', String(this.port)], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer): void => {
        said += text.toString();
        if (said.includes('The API listens on')) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', () => reject(new Error(`the API has ended: ${said}`)));
    });
  }

  /** kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
