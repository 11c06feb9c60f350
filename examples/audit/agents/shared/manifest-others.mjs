/** Findings without `file` about a requirements.txt of pip. */
export function inspectRequirements(text) {
  const findings = [];
  const seen = new Map();
  let count = 0;
  for (const [index, content] of text.split('\n').entries()) {
    const requirement = /^\s*(?<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?<version>[^#;]*)/.exec(content)?.groups;
    if (requirement === undefined) continue;
    const line = index + 1;
    const name = requirement.name.toLowerCase().replace(/[-_.]+/g, '-');
    count += 1;
    const condition = content.split(';')[1]?.split('#')[0].trim() ?? '';
    const other = seen.get(`${name} ${condition}`);
    if (other !== undefined)
      findings.push({ severity: 'low', line, title: `${name} is listed twice, first in line ${other}` });
    seen.set(`${name} ${condition}`, line);
    if (!/===?|@\s*\S/.test(requirement.version)) {
      findings.push({ severity: 'medium', line, title: `${name} is not pinned`, excerpt: content.trim() });
    }
  }
  return { findings, count, lockable: false };
}

/** Findings without `file` about a go.mod. */
export function inspectGoModule(text) {
  const findings = [];
  for (const [index, content] of text.split('\n').entries()) {
    const path = /^\s*(?:replace\s+)?\S+(?:\s+v\S+)?\s+=>\s+(?<path>\.{0,2}\/\S+)/.exec(content)?.groups.path;
    if (path === undefined) continue;
    const title = 'Module replaced by a folder of this machine';
    findings.push({ severity: 'low', line: index + 1, title, excerpt: path });
  }
  const count = text.split('\n').filter((line) => /^\s*(require\s+)?[\w.-]+\.[\w./-]+\s+v\d/.test(line)).length;
  return { findings, count, lockable: count > 0 };
}

/** Findings without `file` about a Cargo.toml. */
export function inspectCargo(text) {
  const findings = [];
  let section = '';
  let count = 0;
  for (const [index, content] of text.split('\n').entries()) {
    section = /^\s*\[+(?<name>[^\]]+)\]/.exec(content)?.groups.name ?? section;
    const entry = /^\s*(?<name>[\w-]+)\s*=\s*(?<value>.+)$/.exec(content)?.groups;
    if (entry === undefined || !/(^|\.)(dev-|build-)?dependencies$/.test(section)) continue;
    count += 1;
    const anyVersion = /^"\*"|version\s*=\s*"\*"/.test(entry.value);
    const moving = /\bgit\s*=/.test(entry.value) && !/\b(rev|tag)\s*=/.test(entry.value);
    if (!anyVersion && !moving) continue;
    const title = `${entry.name} ${anyVersion ? 'accepts any version' : 'is taken from a moving branch'}`;
    findings.push({ severity: 'medium', line: index + 1, title, excerpt: entry.value.trim() });
  }
  return { findings, count, lockable: false };
}
