import fc from 'fast-check';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import { indexOutline } from '../../../src/domain/session/outline';
import type { SessionState } from '../../../src/domain/session/state';
import { initialState } from '../../../src/domain/session/state';
import { arbitraryScenario } from '../../helpers/engine/arbitrary-scenario';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { World } from '../../helpers/engine/world';

test('a session that continues as new after every turn does exactly what it would have done', () => {
  fc.assert(
    fc.property(arbitraryScenario, (scenario) => {
      const once = new World(scenario);
      const often = new World(scenario, true);
      once.play();
      often.play();
      expect(often.log).toEqual(once.log);
      expect(often.state).toEqual(once.state);
    }),
    engineRuns(0.03),
  );
});

test('turns that are repeated with what they accepted and decided give the same states', () => {
  fc.assert(
    fc.property(arbitraryScenario, (scenario) => {
      const world = new World(scenario);
      world.play();
      const [first] = world.turns;
      let index = indexOutline(scenario.outline);
      let state: SessionState = initialState(index, 'session', first?.now ?? 0);
      for (const { now, events, decisions } of world.turns) {
        for (const event of events) {
          const decided = decide(index, state, event, now);
          state = decided.state;
          index = decided.index ?? index;
        }
        for (const decision of decisions) state = applyDecision(index, state, decision, now).state;
      }
      expect(state).toEqual(world.state);
    }),
    engineRuns(0.03),
  );
});
