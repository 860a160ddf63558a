// Loaded into a daemon: sets its clock by as many ms as the file RUNV_TEST_CLOCK says, at each SIGUSR2. The
// host's own clock is everybody's.
import { readFileSync } from 'node:fs';

const RealDate = Date;
let by = 0;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(RealDate.now() + by);
  }
  static now() {
    return RealDate.now() + by;
  }
};

process.on('SIGUSR2', () => {
  by = Number(readFileSync(process.env.RUNV_TEST_CLOCK, 'utf8'));
});
