/** A signal that is aborted some time after another, for what may still end well by then. `dispose` leaves no timer behind. */
export function lateSignal(signal: AbortSignal, delayMs: number): { signal: AbortSignal; dispose(): void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => void (timer = setTimeout(() => late.abort(), delayMs));
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return {
    signal: late.signal,
    dispose: () => {
      signal.removeEventListener('abort', arm);
      clearTimeout(timer);
    },
  };
}
