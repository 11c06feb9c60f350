import { resolve } from 'node:path';
import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import type { CommandAgent } from '../domain/plan/plan';
import { agentEnvironment } from './command/agent-environment';
import type { Environment } from './command/agent-environment';
import { exitReport } from './command/exit-report';
import type { ProcessGroups } from './command/process-groups';
import { runProcess } from './command/run-process';
import { startFailure } from './command/start-failure';
import { createStderrTail } from './command/stderr-tail';
import { stdinText } from './command/stdin-text';
import { createStdoutCollector } from './command/stdout-collector';
import { withUsage } from './with-usage';
import { UsageReports } from '../domain/usage/usage-reports';
import { abortedReport, defaultOutputLimitBytes, oversizedReport } from './failure-reports';

export interface CommandDependencies {
  /** Of this process; agents see an allow-list of it. */
  hostEnvironment: Environment;
  processGroups: ProcessGroups;
  /** Of stdout without its progress lines, in bytes; 16 MiB by default. A larger one fails the attempt. */
  outputLimitBytes?: number;
  /** Between SIGTERM and SIGKILL; 5 s by default. */
  graceMs?: number;
  /** How long descendants may hold stdout open after the program has ended; 1 s by default. Then they are ended too. */
  drainMs?: number;
}

/** Agents that are programs on this host: one process group an attempt, without a shell. POSIX systems only. */
export function createCommandConnector(dependencies: CommandDependencies): Connector<CommandAgent> {
  const { hostEnvironment, processGroups, graceMs = 5_000, drainMs = 1_000 } = dependencies;
  const limitBytes = dependencies.outputLimitBytes ?? defaultOutputLimitBytes;

  async function run(request: AttemptRequest<CommandAgent>, context: AttemptContext): Promise<AttemptReport> {
    const { agent, agentName } = request;
    if (context.signal.aborted) return abortedReport(agentName);
    const [program = '', ...programArguments] = agent.command;
    const cwd = resolve(request.baseDirectory, agent.cwd ?? '.');
    const stdout = createStdoutCollector({
      format: agent.output,
      limitBytes,
      progress: context.progress.bind(context),
      usage: (report) => usage.add(report),
    });
    const usage = new UsageReports();
    const stderr = createStderrTail();

    const end = await runProcess({
      program,
      arguments: programArguments,
      cwd,
      environment: agentEnvironment(request, hostEnvironment, context.trace),
      stdin: stdinText(request),
      onStdout: (chunk) => stdout.push(chunk),
      onStderr: (chunk) => stderr.push(chunk),
      signal: context.signal,
      processGroups,
      graceMs,
      drainMs,
    });

    switch (end.kind) {
      case 'not-started':
        return startFailure({ agentName, program, cwd, error: end.error });
      case 'interrupted':
        return withUsage(
          end.by === 'abort' ? abortedReport(agentName) : oversizedReport(agentName, 'stdout', limitBytes),
          usage,
        );
      case 'exited':
      case 'killed':
        return withUsage(
          exitReport({ agentName, end, format: agent.output, stdout: stdout.end(), stderr: stderr.text() }),
          usage,
        );
    }
  }

  return { run };
}
