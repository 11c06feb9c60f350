'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');
const { slowFirst } = require('./slow-first.cjs');
const seconds = require('./slow-files.json');

/** Jest knows how long files take once it has run them; in a clean clone it knows nothing. */
module.exports = class extends Sequencer {
  sort(tests) {
    return slowFirst(super.sort(tests), seconds);
  }
};
