export { runApp, startProblem, type Closable, type RunOptions } from './run-app';
