export { Dependencies, type DependencyDefinition } from './dependencies';
export {
  Dependency,
  type CallResult,
  type DependencyListener,
  type DependencyOptions,
  type DependencyState,
  type Hold,
} from './dependency';
export { DependencyDownError } from './resilience.errors';
export { ResilienceModule } from './resilience.module';
