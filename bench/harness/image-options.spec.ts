import { imageOptions } from './image-options';

describe('imageOptions', () => {
  it('reads what the last stage of a Dockerfile tells Node', () => {
    const dockerfile = [
      'FROM node AS build',
      'ENV NODE_OPTIONS=--of-the-build',
      'FROM node',
      'ENV NODE_ENV=production DATABASE_FILE=/app/data \\',
      '  NODE_OPTIONS="--max-semi-space-size=16 --stack-size=900"',
      'ENV MALLOC_ARENA_MAX=2 PORT=80',
      'CMD ["node", "--enable-source-maps", "main.js"]',
    ].join('\n');
    expect(imageOptions(dockerfile)).toEqual({
      nodeArgs: ['--enable-source-maps'],
      env: {
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '2',
        NODE_OPTIONS: '--max-semi-space-size=16 --stack-size=900',
      },
    });
  });

  it('finds nothing where there is nothing', () => {
    expect(imageOptions('FROM node\nCMD ["node", "main.js"]')).toEqual({ nodeArgs: [], env: {} });
  });
});
