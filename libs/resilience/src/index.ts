export { Dependencies, type DependencyDefinition } from './dependencies';
export {
  Dependency,
  type DependencyListener,
  type DependencyOptions,
  type DependencyState,
  type Verdict,
} from './dependency';
export { DependencyDownError } from './resilience.errors';
export { ResilienceModule } from './resilience.module';
