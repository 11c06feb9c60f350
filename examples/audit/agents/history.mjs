// How healthy the work on the repository is: how recent, and on how many people it depends.
import { runAgent } from './shared/agent.mjs';
import { git, isShallow } from './shared/git.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const maximumCommits = 5000;
const dayMs = 24 * 60 * 60 * 1000;

/** How many of the most active people made half of the commits. */
function busFactor(counts, commits) {
  let covered = 0;
  return counts.findIndex((count) => (covered += count) >= commits / 2) + 1;
}

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const log = await git(root, [
    'log',
    `--max-count=${maximumCommits}`,
    '--no-merges',
    '--format=%aE%x00%at',
    'HEAD',
    '--',
  ]);
  const commits = log
    .toString('utf8')
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split('\0'));
  const byAuthor = new Map();
  for (const [email] of commits) byAuthor.set(email.toLowerCase(), (byAuthor.get(email.toLowerCase()) ?? 0) + 1);
  const counts = [...byAuthor.values()].sort((left, right) => right - left);
  const days = commits.map(([, seconds]) => Math.floor((Date.now() - Number(seconds) * 1000) / dayMs));
  const newestDays = days.reduce((left, right) => Math.min(left, right), Infinity);
  const oldestDays = days.reduce((left, right) => Math.max(left, right), 0);
  const people = busFactor(counts, commits.length);

  const findings = [];
  if (newestDays > 365) {
    findings.push({
      severity: 'low',
      title: `No commit for ${newestDays} days`,
      detail: 'Is anybody looking after it?',
    });
  }
  if (people === 1 && counts.length >= 3 && commits.length >= 50) {
    const share = Math.round((100 * counts[0]) / commits.length);
    const title = `One of ${counts.length} authors made ${share} % of the commits`;
    findings.push({ severity: 'low', title, detail: 'Share the knowledge while it is there.' });
  }
  if (commits.length === maximumCommits) notChecked.addLimit('older commits', `the newest ${maximumCommits} are read`);
  if (await isShallow(root))
    notChecked.addLimit('older commits', 'this is a shallow clone; `git fetch --unshallow` gets them');
  const recentCommits = days.filter((age) => age <= 90).length;
  const activity = { authors: counts.length, busFactor: people, newestDays, oldestDays, recentCommits };
  return inspectionResult({ findings, checked: { commits: commits.length }, notChecked, activity });
});
