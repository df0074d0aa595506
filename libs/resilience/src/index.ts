export { Deadlines, type Expiring } from './deadlines';
export { Dependencies, type DependencyDefinition } from './dependencies';
export { Dependency, type DependencyListener } from './dependency';
export type { DependencyOptions, Hold } from './dependency-options';
export type { DependencyState } from './dependency-state';
export type { ClassifierOptions, CallResult } from './judge';
export { Line, type InLine, type Place } from './line';
export { DependencyDownError } from './resilience.errors';
export { ResilienceModule } from './resilience.module';
