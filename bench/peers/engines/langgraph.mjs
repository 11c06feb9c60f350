import { randomUUID } from 'node:crypto';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { numbers, verified } from './verified.mjs';
import { versionOf } from './version-of.mjs';

const State = Annotation.Root({
  text: Annotation({ reducer: (_, text) => text, default: () => '' }),
});

export async function open({ databaseUrl }) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  const saver = new PostgresSaver(pool);
  await saver.setup();
  return {
    name: 'LangGraph.js',
    version: versionOf('@langchain/langgraph'),
    durability: 'PostgresSaver, durability "sync"',
    contender: (work) => {
      const graph = graphOf(work).compile({ checkpointer: saver });
      return verified('LangGraph.js', async (text) => {
        const { text: result } = await graph.invoke(
          { text },
          { configurable: { thread_id: randomUUID() }, durability: 'sync', recursionLimit: 200 },
        );
        return result;
      });
    },
    close: () => pool.end(),
  };
}

function graphOf({ kind, tasks }) {
  const graph = new StateGraph(State);
  for (const nth of numbers(tasks)) graph.addNode(`t${nth}`, ({ text }) => ({ text }));
  for (const nth of numbers(tasks)) {
    graph.addEdge(kind === 'parallel' || nth === 0 ? START : `t${nth - 1}`, `t${nth}`);
    if (kind === 'parallel' || nth === tasks - 1) graph.addEdge(`t${nth}`, END);
  }
  return graph;
}
