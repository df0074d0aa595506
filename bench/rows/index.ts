import { backlog } from './backlog';
import { comparisons } from './comparisons';
import { gateway } from './gateway';
import { idle } from './idle';
import { linearity } from './linearity';
import type { Row } from './row';
import { soak } from './soak';
import { start } from './start';

/** Everything that can be measured, in the order it is. */
export const rows: readonly Row[] = [
  ...comparisons,
  idle,
  gateway,
  start,
  linearity,
  soak,
  backlog,
];
