import { readFile, writeFile } from 'node:fs/promises';

/** Packages that Nest's own would take if they were installed: asked for only then. */
const notInstalled = [
  '@fastify/static',
  '@fastify/view',
  '@grpc/*',
  '@mikro-orm/core',
  '@nestjs/mongoose',
  '@nestjs/platform-express',
  '@nestjs/sequelize',
  '@nestjs/typeorm',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'kafkajs',
  'mqtt',
  'nats',
];

/**
 * Puts an app and all the packages that it needs into one file: of some 2,000 files, a start would spend a third of its
 * time on finding and reading them.
 * @throws where a module is missing, where esbuild warns, or where it has come to wrap modules in another way
 */
export async function bundle(entry, outfile) {
  // Not there before the dependencies are installed.
  const { build } = await import('esbuild');
  const { warnings } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    sourcemap: 'linked',
    sourcesContent: false,
    // One character of a comment that is not Latin-1, and V8 keeps all of the source with two bytes a character.
    minifyWhitespace: true,
    legalComments: 'linked',
    external: notInstalled,
    logLevel: 'silent',
    // Of api-docs: it looks for files of the package, not for its code.
    logOverride: { 'require-resolve-not-external': 'silent' },
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  await writeFile(outfile, withOneName(await readFile(outfile, 'utf8')));
}

/**
 * esbuild wraps each module as `__commonJS({"its/path"(exports) {...}})`. V8 keeps 1536 names at most by which an object
 * of one property can begin; beyond them, each `{ a }` that gets a second property costs a hidden class of its own, some
 * 3 us. So the wrappers share one name, padded, as the source map counts columns.
 */
function withOneName(code) {
  let wrappers = 0;
  const named = code.replace(/(__commonJS|__esm)\(\{"([^"]+)"\(/g, (_, wrap, path) => {
    wrappers += 1;
    return `${wrap}({${'module'.padEnd(`"${path}"`.length)}(`;
  });
  if (wrappers < 100) throw new Error('esbuild does not wrap modules as it did; see withOneName');
  return named;
}
