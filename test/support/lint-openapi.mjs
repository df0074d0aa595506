// Lints the OpenAPI document on stdin with Redocly's recommended rules; prints the problems as JSON. A program of its
// own, since the linter is an ES module.
import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const problems = await lintFromString({
  source: await text(process.stdin),
  config: await createConfig({ extends: ['recommended'] }),
});
const found = problems.map(({ severity, ruleId, message, location }) => ({
  severity,
  ruleId,
  message,
  at: location[0]?.pointer,
}));
process.stdout.write(JSON.stringify(found));
