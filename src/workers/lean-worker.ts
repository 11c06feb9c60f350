import { join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { Worker } from '@temporalio/worker';
import type { Workflow, WorkflowCreateOptions } from '@temporalio/worker/lib/workflow/interface';
import {
  ThreadedVMWorkflowCreator,
  VMWorkflowThreadProxy,
  WorkerThreadClient,
} from '@temporalio/worker/lib/workflow/threaded-vm';
import type { SinkCall } from '@temporalio/workflow/lib/sinks';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers';

/**
 * A worker whose workflow code costs less than the SDK's usual one: it is a third of what a step of a session takes in this process. It does without
 *
 * - the limit of 5 s on workflow code. A thread is started for it with each call into the code, about seven times a step (0.12 ms each on an idle machine);
 *   workflow code cannot hang, but a busy machine can be slow; and to break the code off can end the whole process (nodejs/node#38503).
 * - the stack trace that is taken of each promise of the code, for the Web UI's "Call Stack": a third of the time of the thread. Of a session it says only where
 *   in the shell of its workflow it waits.
 * - asking the thread twice: what the code logged comes with what it decided, and a workflow is created with its first activation.
 *
 * Measured in docs/decisions/2026-11-23-what-a-step-costs.md.
 */
export class LeanWorker extends Worker {
  protected static override async createWorkflowCreator(
    ...[workflowBundle, { activities }, logger]: Parameters<typeof Worker.createWorkflowCreator>
  ): ReturnType<typeof Worker.createWorkflowCreator> {
    const thread = new WorkerThreadClient(new Thread(join(__dirname, 'workflow-thread.cjs')), logger);
    await thread.send({
      type: 'init',
      workflowBundle,
      // Node takes no number for "without", only the absence of one.
      isolateExecutionTimeoutMs: undefined as unknown as number,
      reuseV8Context: true,
      registeredActivityNames: new Set(activities.keys()),
      hasPatchActivationCallback: false,
    });
    return new LeanWorkflowCreator(thread);
  }
}

class LeanWorkflowCreator extends ThreadedVMWorkflowCreator {
  constructor(private readonly thread: WorkerThreadClient) {
    super([thread]);
  }

  override createWorkflow({ info, ...options }: WorkflowCreateOptions): Promise<Workflow> {
    // Functions cannot be sent; the thread has its own.
    const { now, random, ...unsafe } = info.unsafe;
    const sent = { ...options, info: { ...info, unsafe } } as WorkflowCreateOptions;
    const created = this.thread.send({ type: 'create-workflow', options: sent });
    return Promise.resolve(new LeanWorkflow(this.thread, info.runId, created));
  }
}

type Activation = Parameters<Workflow['activate']>[0];
type Completion = Awaited<ReturnType<Workflow['activate']>>;

class LeanWorkflow extends VMWorkflowThreadProxy {
  /** What the last activation logged, where it did not fail. */
  private sinkCalls: SinkCall[] | undefined;

  constructor(
    thread: WorkerThreadClient,
    runId: string,
    private readonly created: Promise<unknown>,
  ) {
    super(thread, runId);
  }

  /** The thread takes messages in turn: it has created the workflow before it activates it. */
  override async activate(activation: Activation): Promise<Completion> {
    this.sinkCalls = undefined;
    const [, activated] = await Promise.all([this.created, super.activate(activation)]);
    const { sinkCalls, ...completion } = activated as Completion & { sinkCalls: SinkCall[] };
    this.sinkCalls = sinkCalls;
    return completion;
  }

  override getAndResetSinkCalls(): Promise<SinkCall[]> {
    const calls = this.sinkCalls;
    if (!calls) return super.getAndResetSinkCalls();
    this.sinkCalls = undefined;
    return Promise.resolve(calls.map(withFunctions));
  }
}

/** As the SDK completes what it is sent. */
function withFunctions({ workflowInfo, ...call }: SinkCall): SinkCall {
  const unsafe = { ...workflowInfo.unsafe, now: Date.now, random: createUnsafeRandomSource(Math.random) };
  return { ...call, workflowInfo: { ...workflowInfo, unsafe } };
}
