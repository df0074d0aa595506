export { Deadlines, type Expiring } from './deadlines';
export { Dependencies, type DependencyDefinition } from './dependencies';
export {
  Dependency,
  type CallResult,
  type ClassifierOptions,
  type DependencyListener,
  type DependencyOptions,
  type DependencyState,
  type Hold,
} from './dependency';
export { Line, type InLine, type Place } from './line';
export { DependencyDownError } from './resilience.errors';
export { ResilienceModule } from './resilience.module';
