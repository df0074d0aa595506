export { runApp, startProblem, StartRefusedError, type Closable, type RunOptions } from './run-app';
