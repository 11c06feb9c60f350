'use strict';

// The entry of the action. It needs nothing but Node: a runner has no package of ours.
const { randomUUID } = require('node:crypto');
const { appendFileSync, readFileSync } = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const pollMs = Number(process.env.ORCHESTRA_POLL_MS ?? 2_000);
const tries = 5;

/** Sends JSON, again where that can help, and answers with the body. */
async function send(method, url, token, body, key) {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await once().catch((error) => ({ error, again: true }));
    if (!failure.error) return failure;
    if (!failure.again || attempt === tries) throw failure.error;
    await delay(pollMs * attempt);
  }

  async function once() {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': 'agent-orchestra-action',
        ...(body && { 'content-type': 'application/json' }),
        // The same for all tries: the session is started once.
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const parsed = isJson && text !== '' ? JSON.parse(text) : {};
    if (response.ok) return { status: response.status, body: parsed };
    const words = parsed.detail ?? parsed.message ?? text.slice(0, 500);
    const error = new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${words}`);
    return { error, again: response.status >= 500 || response.status === 429 || parsed.retryable === true };
  }
}

/** What GitHub says of the commit that the pipeline runs for. */
function context() {
  const event = process.env.GITHUB_EVENT_PATH ? JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8')) : {};
  const { pull_request: pullRequest } = event;
  return {
    repository: process.env.GITHUB_REPOSITORY,
    branch: pullRequest?.head?.ref ?? process.env.GITHUB_REF_NAME,
    // On a pull request, GITHUB_SHA is a merge that nobody has made.
    commit: pullRequest?.head?.sha ?? process.env.GITHUB_SHA,
    ...(pullRequest && { pullRequest: pullRequest.number }),
  };
}

function requestOf() {
  const [plan, agents] = [input('plan'), input('agents')];
  if ((plan === '') === (agents === '')) throw new Error('Give the action either a plan or agents.');
  const inputs = input('inputs');
  return {
    ...context(),
    ...(plan !== '' && { plan: readFileSync(plan, 'utf8') }),
    ...(agents !== '' && { agents: agents.split(',').map((name) => name.trim()) }),
    ...(input('prompt') !== '' && { prompt: input('prompt') }),
    ...(inputs !== '' && { inputs: JSON.parse(inputs) }),
  };
}

async function untilEnded(api, token, id) {
  const deadline = Date.now() + Number(input('timeout-minutes') || 60) * 60_000;
  while (Date.now() < deadline) {
    const { status, body } = await send('GET', `${api}/v1/sessions/${id}/result`, token);
    if (status === 200) return body;
    await delay(pollMs);
  }
  await send(
    'POST',
    `${api}/v1/sessions/${id}/cancel`,
    token,
    { reason: 'the pipeline waited no longer' },
    randomUUID(),
  );
  throw new Error(`Session ${id} has not ended in time, and was cancelled.`);
}

const marks = { succeeded: '✅', failed: '❌', skipped: '⏭️', cancelled: '🛑' };

/** Texts of agents cannot end their fence, nor speak to people. */
function fenced(text) {
  const clipped = text.length > 5_000 ? `${text.slice(0, 5_000)}\n… (${text.length} characters)` : text;
  const longest = Math.max(2, ...[...clipped.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${clipped}\n${fence}`;
}

function cell(text) {
  return String(text ?? '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>@`*_[\]]/g, '\\$&')
    .slice(0, 300);
}

function reportOf(marker, result, tasks) {
  const rows = tasks.map(({ run, status, agent, error }) => {
    return `| ${cell(run)} | ${marks[status] ?? ''} ${status} | ${cell(agent)} | ${cell(error)} |`;
  });
  const outputs = Object.entries(result.outputs ?? {}).filter(([, value]) => value !== null);
  const shown = outputs.map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    return `<details><summary>${cell(name)}</summary>\n\n${fenced(text)}\n\n</details>`;
  });
  return [
    marker,
    `### Agent Orchestra: ${cell(result.plan.name)} ${result.status.replaceAll('_', ' ')}`,
    `Session \`${result.id}\``,
    ...(result.error ? [fenced(result.error)] : []),
    `| task | status | agent | error |\n| --- | --- | --- | --- |\n${rows.join('\n')}`,
    ...shown,
  ]
    .join('\n\n')
    .slice(0, 60_000);
}

/** One comment for each plan: a later run changes it. */
async function comment(pullRequest, marker, body) {
  const token = input('github-token');
  const api = process.env.GITHUB_API_URL ?? 'https://api.github.com';
  const issues = `${api}/repos/${process.env.GITHUB_REPOSITORY}/issues`;
  for (let page = 1; page <= 10; page += 1) {
    const { body: found } = await send('GET', `${issues}/${pullRequest}/comments?per_page=100&page=${page}`, token);
    const known = found.find((one) => (one.body ?? '').startsWith(marker));
    if (known) return send('PATCH', `${issues}/comments/${known.id}`, token, { body });
    if (found.length < 100) break;
  }
  return send('POST', `${issues}/${pullRequest}/comments`, token, { body });
}

function write(variable, text) {
  if (process.env[variable]) appendFileSync(process.env[variable], text);
}

async function main() {
  const [api, token] = [input('url').replace(/\/+$/, ''), input('token')];
  if (api === '' || token === '') throw new Error('The action needs url and token.');
  process.stdout.write(`::add-mask::${token}\n`);
  const request = requestOf();
  const { body: session } = await send('POST', `${api}/v1/ci/trigger`, token, request, randomUUID());
  process.stdout.write(`Session ${session.id} runs.\n`);
  write('GITHUB_OUTPUT', `session=${session.id}\n`);
  const result = await untilEnded(api, token, session.id);
  const { body: found } = await send('GET', `${api}/v1/sessions/${session.id}/tasks?limit=10000`, token);
  const marker = `<!-- agent-orchestra ${result.plan.name} -->`;
  const report = reportOf(marker, result, found.tasks);
  write('GITHUB_OUTPUT', `status=${result.status}\n`);
  write('GITHUB_STEP_SUMMARY', `${report}\n`);
  if (request.pullRequest && input('comment') !== 'false') {
    // Who may not comment is told so: what the session came to counts.
    await comment(request.pullRequest, marker, report).catch(({ message }) =>
      process.stdout.write(`::warning::The report could not be commented: ${message.replaceAll('\n', ' ')}\n`),
    );
  }
  process.stdout.write(`Session ${session.id}: ${result.status}\n`);
  if (result.status !== 'succeeded') process.exitCode = 1;
}

main().catch((error) => {
  process.stdout.write(`::error::${String(error.message).replaceAll('%', '%25').replaceAll('\n', '%0A')}\n`);
  process.exitCode = 1;
});
