import { findFreePort, isPortFree } from './free-port';
import type { RememberedPorts } from './servers-record';
import type { ServerProcess } from './server-process';

const attempts = 5;

/** One list of preferred ports for each port a server needs. */
type PreferredPorts = readonly (readonly number[])[];

interface LaunchedOnPorts {
  ports: number[];
  first: ServerProcess;
}

/**
 * Chooses ports and launches; chooses again where some other program took one in the moment between. A launch that fails for
 * another reason is not tried again, and its error is passed on.
 */
export async function launchOnFreePorts(
  preferred: PreferredPorts,
  launch: (ports: number[]) => Promise<ServerProcess>,
): Promise<LaunchedOnPorts> {
  for (let attempt = 1; ; attempt += 1) {
    const ports: number[] = [];
    for (const wanted of preferred) ports.push(await findFreePort(wanted, ports));
    try {
      return { ports, first: await launch(ports) };
    } catch (error) {
      const areFree = await Promise.all(ports.map(isPortFree));
      // Whoever took one may have given it back: another start that failed for one that this one had taken.
      const metAnother = areFree.includes(false) || /address already in use/i.test(String(error));
      if (attempt === attempts || !metAnother) throw error;
    }
  }
}

const usualPorts = { temporal: 7233, webUi: 8233, postgres: 54329 };

/** The ports to try for one purpose: what the user asked for, what was used last time, the usual one. */
export function preferredPorts(
  name: keyof typeof usualPorts,
  ...wishes: readonly RememberedPorts[]
): readonly number[] {
  return [...wishes, usualPorts].flatMap((ports) => ports[name] ?? []);
}
