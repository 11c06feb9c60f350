import { readConfiguration } from '../../../src/main/configuration';

const ORCHESTRA_TEMPORAL_ADDRESS = 'temporal.example:7233';

test("what Temporal's own configuration does not know is bad usage, and names its variables", () => {
  expect(() => readConfiguration({ ORCHESTRA_TEMPORAL_ADDRESS, TEMPORAL_PROFILE: 'nobody' })).toThrow(
    /^Temporal's own configuration is not usable: Profile 'nobody' not found.*TEMPORAL_CONFIG_FILE/,
  );
});

test('its namespace is taken from there', () => {
  const { temporal } = readConfiguration({ ORCHESTRA_TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: 'agents' });
  expect(temporal?.namespace).toBe('agents');
});
