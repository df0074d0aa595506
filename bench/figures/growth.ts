/** Growth of a cost from one step to the next, ten times as large, that is no longer called linear. */
export const NOT_LINEAR = 1.3;

/** What one unit of work costs at one size of something. */
export interface Step {
  size: number;
  cost: number;
}

/** The steps at which a unit of work costs clearly more than at the step before: what is not linear. */
export function jumps(steps: readonly Step[], limit = NOT_LINEAR): Step[] {
  return steps.filter(({ cost }, index) => {
    const before = steps[index - 1];
    return before !== undefined && cost > before.cost * limit;
  });
}
