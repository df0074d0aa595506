export { runApp, StartRefusedError, type Closable, type RunOptions } from './run-app';
