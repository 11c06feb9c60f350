import { Role, TaskState } from '@a2a-js/sdk';
import type { Message, Part, TaskStatus } from '@a2a-js/sdk';
import { AgentEvent } from '@a2a-js/sdk/server';
import type { AgentExecutor, ExecutionEventBus, RequestContext } from '@a2a-js/sdk/server';

const part = (content: NonNullable<Part['content']>, file: Partial<Part> = {}): Part => ({
  content,
  metadata: undefined,
  filename: '',
  mediaType: '',
  ...file,
});
const text = (value: string): Part => part({ $case: 'text', value });
const data = (value: unknown): Part => part({ $case: 'data', value });

/** What each prompt leads to: artifacts, each of some parts, and the state at the end. */
const scripts: Record<string, { artifacts?: Part[][]; state?: TaskState; says?: string; metadata?: object }> = {
  text: { artifacts: [[text('It was '), text('the cache.')]] },
  data: { artifacts: [[data({ cause: 'é', lines: [3] })]] },
  files: {
    artifacts: [
      [text('See'), part({ $case: 'url', value: 'https://x/a' }, { filename: 'a.txt', mediaType: 'text/plain' })],
      [part({ $case: 'raw', value: Buffer.from('hi') }, { filename: 'b' }), data(2)],
    ],
  },
  usage: { artifacts: [[text('done')]], metadata: { usage: { tokens: 12, costUsd: 0.01 } } },
  empty: {},
  'last words': { says: 'All is well.' },
  fail: { state: TaskState.TASK_STATE_FAILED, says: 'The disk is full.', metadata: { usage: { tokens: 3 } } },
  reject: { state: TaskState.TASK_STATE_REJECTED, says: 'I only cook.' },
  cancel: { state: TaskState.TASK_STATE_CANCELED },
  input: { state: TaskState.TASK_STATE_INPUT_REQUIRED, says: 'Which repository?' },
  auth: { state: TaskState.TASK_STATE_AUTH_REQUIRED },
  slowly: { artifacts: [[text('at last')]] },
};

/** Does at once what the prompt says. `never` works until it is cancelled, `stubborn` beyond that; `message` answers without a task. */
export function createFakeExecutor(): AgentExecutor {
  const ends = new Map<string, (eventBus: ExecutionEventBus) => void>();

  async function execute({ userMessage, taskId, contextId }: RequestContext, eventBus: ExecutionEventBus) {
    const asked = userMessage.parts[0]?.content;
    const prompt = asked?.$case === 'text' ? (asked.value.split('\n').at(-1) ?? '') : '';
    const said = (value: string): Message => ({
      messageId: `${taskId}-${value}`,
      contextId,
      taskId,
      role: Role.ROLE_AGENT,
      parts: [text(value)],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    });
    const statusOf = (state: TaskState, says?: string): TaskStatus => ({
      state,
      message: says === undefined ? undefined : said(says),
      timestamp: undefined,
    });
    if (prompt === 'message') return eventBus.publish(AgentEvent.message({ ...said('Hello.'), taskId: '' }));
    const { artifacts = [], state = TaskState.TASK_STATE_COMPLETED, says, metadata } = scripts[prompt] ?? {};
    eventBus.publish(
      AgentEvent.task({
        id: taskId,
        contextId,
        status: statusOf(TaskState.TASK_STATE_WORKING, 'halfway'),
        artifacts: [],
        history: [],
        metadata: { ...metadata },
      }),
    );
    const end = (bus: ExecutionEventBus, finalState: TaskState): void =>
      bus.publish(
        AgentEvent.statusUpdate({ taskId, contextId, status: statusOf(finalState, says), metadata: undefined }),
      );
    if (prompt === 'never' || prompt === 'stubborn') {
      return new Promise<void>((resolve) => {
        ends.set(taskId, (bus) => {
          if (prompt === 'stubborn') return;
          end(bus, TaskState.TASK_STATE_CANCELED);
          resolve();
        });
      });
    }
    // Its own pace, which nobody waits for by the clock.
    if (prompt === 'slowly') await new Promise((resolve) => setTimeout(resolve, 100));
    artifacts.forEach((parts, index) =>
      eventBus.publish(
        AgentEvent.artifactUpdate({
          taskId,
          contextId,
          artifact: { artifactId: `a${index}`, name: '', description: '', parts, metadata: undefined, extensions: [] },
          append: false,
          lastChunk: true,
          metadata: undefined,
        }),
      ),
    );
    end(eventBus, state);
  }

  return { execute, cancelTask: async (taskId, eventBus) => ends.get(taskId)?.(eventBus) };
}
