export { Dependencies, type DependencyDefinition } from './dependencies';
export {
  Dependency,
  type DependencyListener,
  type DependencyOptions,
  type DependencyState,
} from './dependency';
export type { JudgeOptions, Verdict } from './judge';
export { DependencyDownError } from './resilience.errors';
export { ResilienceModule } from './resilience.module';
