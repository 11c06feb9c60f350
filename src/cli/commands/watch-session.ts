import { exitCodeOfStatus, exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import type { CommandLineHost, DataFolder } from '../ports';
import { createDisplay } from '../watch/display';
import { printOutcome } from './print-outcome';
import { withSession } from './with-session';

export function watchSession(host: CommandLineHost, folder: DataFolder, id: string): Promise<number> {
  const display = createDisplay(host, host.stdout);
  return withInterrupts(host, (interrupts) =>
    withSession(host, folder, id, async (session, installation) => {
      display.begin({
        id: session.id,
        url: installation.workflowUrl(session.workflowId),
        interruptHint: 'Ctrl-C leaves the session running',
      });
      try {
        const isOwnerGone = (): boolean => installation.isOwnerGone();
        const overview = await display.watch(session, { isOwnerGone, signal: interrupts.signal });
        await printOutcome(host, folder, installation, session, overview);
        return exitCodeOfStatus(overview.status);
      } catch (error) {
        const signal = interrupts.received();
        if (!interrupts.signal.aborted || signal === undefined) throw error;
        display.notice(`Session ${session.id} goes on.`);
        return exitCodes.signals[signal];
      }
    }),
  );
}
