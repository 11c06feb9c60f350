import { text } from 'node:stream/consumers';

/** An error the user can do something about: printed without a stack. */
export class AuditError extends Error {}

/** Runs one attempt: the request comes as JSON on stdin, what `work` returns goes as JSON to stdout. Exit 1 on any error. */
export async function runAgent(work) {
  try {
    const request = JSON.parse(await text(process.stdin));
    const output = await work(request.input ?? {}, request);
    process.stdout.write(`${JSON.stringify(output)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof AuditError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** Tells the orchestrator how far the attempt is; `percent` is 0–100. */
export function progress(percent, message) {
  process.stdout.write(`${JSON.stringify({ type: 'progress', percent: Math.round(percent), message })}\n`);
}
