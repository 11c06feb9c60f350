const comfortableFiles = 60;
const maximumParts = 200;
const maximumAreas = 8;

function takeApart({ folder, paths }) {
  const prefix = folder === '' ? 0 : folder.length + 1;
  const parts = new Map();
  for (const path of paths) {
    const slash = path.indexOf('/', prefix);
    const key = slash === -1 ? '' : path.slice(0, slash);
    const part = parts.get(key) ?? { folder: key || folder, deep: slash !== -1, paths: [] };
    part.paths.push(path);
    parts.set(key, part);
  }
  return [...parts.values()];
}

function folderParts(paths) {
  const queue = [{ folder: '', deep: true, paths }];
  const parts = [];
  while (queue.length > 0) {
    const part = queue.shift();
    const smaller = part.deep && part.paths.length > comfortableFiles ? takeApart(part) : [part];
    if (smaller[0] === part || queue.length + parts.length + smaller.length > maximumParts) parts.push(part);
    else queue.push(...smaller);
  }
  return parts.sort((left, right) => right.paths.length - left.paths.length);
}

/**
 * Divides the files into at most 8 areas of about the same size: `{ name, files, parts: [{ folder, deep }] }`. A part that is not
 * `deep` stands for the folder's own files, without its subfolders.
 */
export function divideIntoAreas(paths) {
  const areas = [];
  const wanted = Math.min(maximumAreas, Math.ceil(paths.length / comfortableFiles));
  for (const { folder, deep, paths: inside } of paths.length === 0 ? [] : folderParts(paths)) {
    const area =
      areas.length < wanted
        ? { files: 0, parts: [] }
        : areas.reduce((smallest, other) => (other.files < smallest.files ? other : smallest));
    if (area.files === 0) areas.push(area);
    area.files += inside.length;
    area.parts.push({ folder, deep });
  }
  return areas.map(({ files, parts }) => {
    const first = parts[0].folder || 'top level';
    return { name: parts.length > 1 ? `${first} and ${parts.length - 1} more` : first, files, parts };
  });
}

/** Whether a path belongs to an area. */
export function isInArea(path, { parts }) {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  return parts.some(
    ({ folder, deep }) => parent === folder || (deep && (folder === '' || path.startsWith(`${folder}/`))),
  );
}
