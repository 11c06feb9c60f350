const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** Line of a dependency's key inside its group. */
function lineOfKey(text, group, name) {
  const from = Math.max(0, text.search(new RegExp(`"${group}"\\s*:`)));
  const at = text.indexOf(`${JSON.stringify(name)}`, from);
  return text.slice(0, Math.max(at, from)).split('\n').length;
}

function weaknessOf(version) {
  if (/^(git|https?:|github:|gitlab:|bitbucket:)|^[\w-]+\/[\w.-]+(#|$)/.test(version)) {
    return /#[0-9a-f]{7,40}$|\.tgz$/.test(version) ? null : 'is taken from a moving branch';
  }
  if (/^(\*|x|latest|next|)$/.test(version.trim())) return 'accepts any version';
  if (/^>=?\s*[\d.]+$/.test(version.trim())) return 'accepts any later version';
  return null;
}

/** Findings without `file` about a package.json. */
export function inspectPackageJson(text) {
  const manifest = JSON.parse(text);
  const findings = [];
  const seen = new Map();
  let count = 0;
  for (const group of groups) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      const line = lineOfKey(text, group, name);
      const weakness = group === 'peerDependencies' || typeof version !== 'string' ? null : weaknessOf(version);
      if (weakness !== null)
        findings.push({ severity: 'medium', line, title: `${name} ${weakness}`, excerpt: version });
      // A peer is usually a development dependency too; that is no mistake.
      const other = group === 'peerDependencies' ? undefined : seen.get(name);
      if (other !== undefined) {
        const title = `${name} is in ${group} and in ${other}`;
        findings.push({ severity: 'low', line, title, detail: 'Only one of the two versions is installed.' });
      }
      if (group !== 'peerDependencies') seen.set(name, group);
      count += 1;
    }
  }
  const lockable = seen.size > 0;
  return { findings, count, lockable };
}
