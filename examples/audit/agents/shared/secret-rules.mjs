/** Credentials that are known by their form. A rule's group `secret`, or else the whole match, is the value. */
const forms = [
  { title: 'AWS access key id', severity: 'critical', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { title: 'GitHub token', severity: 'critical', pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{60,}\b/g },
  { title: 'GitLab token', severity: 'critical', pattern: /\bglpat-[\w-]{20,}/g },
  { title: 'Slack token', severity: 'critical', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{20,}/g },
  { title: 'Stripe live key', severity: 'critical', pattern: /\b[sr]k_live_[A-Za-z0-9]{20,}/g },
  { title: 'Google API key', severity: 'critical', pattern: /\bAIza[\w-]{35}/g },
  { title: 'Anthropic API key', severity: 'critical', pattern: /\bsk-ant-[\w-]{30,}/g },
  { title: 'OpenAI API key', severity: 'critical', pattern: /\bsk-(?!ant-)[\w-]{32,}/g },
  { title: 'npm token', severity: 'critical', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { title: 'SendGrid key', severity: 'critical', pattern: /\bSG\.[\w-]{22}\.[\w-]{43}/g },
  { title: 'Hugging Face token', severity: 'critical', pattern: /\bhf_[A-Za-z0-9]{34}\b/g },
  { title: 'Azure storage key', severity: 'critical', pattern: /\bAccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/g },
  { title: 'Webhook secret', severity: 'critical', pattern: /\bwhsec_[A-Za-z0-9+/]{32,}={0,2}/g },
  { title: 'JSON Web Token', severity: 'high', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/g },
  {
    title: 'Private key',
    severity: 'critical',
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n)+(?<secret>[A-Za-z0-9+/=]{40,})/g,
  },
  {
    title: 'Password in a URL',
    severity: 'high',
    pattern:
      /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/'"`]{1,100}:(?<secret>[^\s:@/'"`]{8,200})@(?!localhost|127\.|[\w.-]*example\.)/g,
  },
];

const secretName =
  '(?<![\\w.-])[\\w.-]*(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|credential)s?';
const quotedAssignment = new RegExp(
  `(?<name>${secretName})["']?\\s*(?::|=>|:?=)\\s*(?<quote>["'\`])(?<secret>[^"'\`\\s]{12,200})\\k<quote>`,
  'gi',
);
const bareAssignment = new RegExp(
  `^[ \\t]*(?:export[ \\t]+)?(?<name>${secretName})[ \\t]*[=:][ \\t]*(?<secret>[^"'\`\\s#]{12,200})[ \\t]*$`,
  'gim',
);
const settingsFile = /(^|\/)\.env[^/]*$|\.(env|properties|ini|cfg|conf|toml|ya?ml)$/i;

const uuid = /^(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const filePath = /^[./~]|:\/\/|\/[\w.-]+\.\w{1,5}(:\d+)?$/;
const placeholder =
  /example|sample|dummy|placeholder|change-?me|your[_-]|xxxx|\*\*\*|\.\.\.|redacted|fake|test|foobar|lorem|12345|[<>{}$]/i;

/** Names that are set to whole numbers: `user=3000,address=6000`. */
const numbers = /^[a-z][\w.-]*=\d{1,9}(?:[,;&][a-z][\w.-]*=\d{1,9})*$/i;
/** A secret of Standard Webhooks has 24 bytes at least; what is shorter is made up, and nobody's. */
const shortWebhookSecret = /^whsec_.{0,31}$/;
const harmless = [uuid, filePath, numbers, shortWebhookSecret];

/** Shannon entropy in bits a character: about 4 and more in random letters and digits, below 3.3 in most words. */
export function entropy(value) {
  const counts = new Map();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / value.length;
    return sum - share * Math.log2(share);
  }, 0);
}

function looksAssigned(value) {
  const mixed = /[0-9]/.test(value) && /[a-z]/i.test(value);
  return mixed && entropy(value) >= 3.3 && !harmless.some((form) => form.test(value)) && !/[()]/.test(value);
}

function* matches(text, pattern) {
  for (const match of text.matchAll(pattern)) {
    const value = match.groups?.secret ?? match[0];
    if (!placeholder.test(value))
      yield { value, index: match.index + match[0].lastIndexOf(value), name: match.groups?.name };
  }
}

/** Secrets in a text, `{ title, severity, value, index }`, each stretch of text at most once. Placeholders, hashes and UUIDs are none. */
export function findSecrets(path, text) {
  const found = [];
  const keep = (secret) => {
    const overlaps = found.some(
      ({ index, value }) => secret.index < index + value.length && index < secret.index + secret.value.length,
    );
    if (!overlaps) found.push(secret);
  };
  for (const { title, severity, pattern } of forms) {
    for (const { value, index } of matches(text, pattern)) {
      if (entropy(value) >= 2.8) keep({ title, severity, value, index });
    }
  }
  for (const pattern of settingsFile.test(path) ? [quotedAssignment, bareAssignment] : [quotedAssignment]) {
    for (const { value, index, name } of matches(text, pattern)) {
      if (looksAssigned(value)) keep({ title: `Random value assigned to ${name}`, severity: 'high', value, index });
    }
  }
  return found;
}
