import fc from 'fast-check';
import { arbitraryScenario } from '../../helpers/engine/arbitrary-scenario';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { World } from '../../helpers/engine/world';

describe('a session, whatever happens to it', () => {
  test('keeps every promise of the engine at every step, and ends as the rules of the plan say', () => {
    fc.assert(
      fc.property(arbitraryScenario, (scenario) => new World(scenario).play()),
      engineRuns(),
    );
  });
});
