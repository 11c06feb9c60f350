import { temporalArguments } from '../../src/embedded/temporal/launch-temporal';

const launch = { port: 7233, webUiPort: 8233, databaseFile: '/data/temporal.db', durability: 'normal' } as const;

/** The values of an option that may be given several times. */
function valuesOf(option: string, args: string[]): string[] {
  return args.filter((_, index) => args[index - 1] === option);
}

describe("the arguments of Temporal's dev server", () => {
  test('bind it to the loopback address, with the Web UI unless it is not wanted', () => {
    expect(valuesOf('--ip', temporalArguments(launch))).toEqual(['127.0.0.1']);
    expect(valuesOf('--ui-port', temporalArguments(launch))).toEqual(['8233']);
    expect(temporalArguments(launch)).not.toContain('--headless');
    expect(temporalArguments({ ...launch, webUiPort: null })).toContain('--headless');
  });

  test('keep the journal in WAL mode, and lose nothing at all only on request', () => {
    expect(valuesOf('--sqlite-pragma', temporalArguments(launch))).toEqual(['journal_mode=WAL', 'synchronous=NORMAL']);
    const full = temporalArguments({ ...launch, durability: 'full' });
    expect(valuesOf('--sqlite-pragma', full)).toEqual(['journal_mode=WAL', 'synchronous=FULL']);
  });

  test('let its queues be read without the pauses that are its default', () => {
    const configured = valuesOf('--dynamic-config-value', temporalArguments(launch));
    expect(configured).toContain('history.transferProcessorMaxPollRPS=5000');
    expect(configured).toContain('history.timerProcessorMaxPollRPS=5000');
  });
});
