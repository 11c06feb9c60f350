/** Tells the user, in a sentence, what takes long or went wrong on the way. */
export type Report = (message: string) => void;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says that something fails once, not every time that it is tried again. */
export function quietly(what: string, report: Report): (error: unknown) => void {
  let lastMessage = '';
  return (error) => {
    const message = messageOf(error);
    if (message !== lastMessage) report(`${what}: ${message}`);
    lastMessage = message;
  };
}
