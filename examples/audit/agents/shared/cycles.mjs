/** Strongly connected components of more than one node, or of one that points at itself (Tarjan, without recursion). */
function components(graph) {
  const order = new Map();
  const lowest = new Map();
  const open = [];
  const isOpen = new Set();
  const result = [];
  for (const start of graph.keys()) {
    const path = order.has(start) ? [] : [{ node: start, targets: null }];
    while (path.length > 0) {
      const frame = path.at(-1);
      const { node } = frame;
      if (frame.targets === null) {
        order.set(node, order.size);
        lowest.set(node, order.get(node));
        open.push(node);
        isOpen.add(node);
        frame.targets = [...graph.get(node).keys()];
      }
      const target = frame.targets.pop();
      if (target !== undefined) {
        if (!order.has(target)) path.push({ node: target, targets: null });
        else if (isOpen.has(target)) lowest.set(node, Math.min(lowest.get(node), order.get(target)));
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) lowest.set(parent, Math.min(lowest.get(parent), lowest.get(node)));
      if (lowest.get(node) !== order.get(node)) continue;
      const members = open.splice(open.indexOf(node));
      for (const member of members) isOpen.delete(member);
      if (members.length > 1 || graph.get(node).has(node)) result.push(members);
    }
  }
  return result;
}

function shortestCycle(graph, members) {
  const inside = new Set(members);
  const start = [...members].sort()[0];
  const cameFrom = new Map();
  const queue = [start];
  for (const node of queue) {
    for (const target of graph.get(node).keys()) {
      if (target === start) {
        const path = [node];
        while (path[0] !== start) path.unshift(cameFrom.get(path[0]));
        return path;
      }
      if (!inside.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, node);
      queue.push(target);
    }
  }
  throw new Error(`No cycle through ${start}`);
}

/**
 * One entry for every knot of files that import each other: `steps` is its shortest cycle through the first file by name,
 * `{ file, line }` of each import in order; `size` is the number of files in the knot. `graph`: path → Map of imported path → line.
 */
export function findCycles(graph) {
  return components(graph).map((members) => {
    const path = shortestCycle(graph, members);
    const steps = path.map((file, index) => ({ file, line: graph.get(file).get(path[(index + 1) % path.length]) }));
    return { steps, size: members.length };
  });
}
