import { rows } from '../rows';
import { parseArguments } from './arguments';

/** Looks at the arguments before anything is built or started: says what there is to say, else nothing. */
const parsed = parseArguments(process.argv.slice(2), rows);
if (parsed.kind === 'say') console.log(parsed.text);
if (parsed.kind === 'wrong') {
  console.error(`Error: ${parsed.problem}\nSee npm run bench -- --help`);
  process.exitCode = 2;
}
