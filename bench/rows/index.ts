import { comparisons } from './comparisons';
import { gateway } from './gateway';
import { linearity } from './linearity';
import type { Row } from './row';
import { soak } from './soak';
import { start } from './start';

/** Everything that can be measured, in this order. */
export const rows: readonly Row[] = [...comparisons, gateway, start, linearity, soak];
