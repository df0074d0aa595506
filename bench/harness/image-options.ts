/** How the image starts an app. */
export interface ImageOptions {
  /** Flags of Node in the image's CMD. */
  nodeArgs: readonly string[];
  /** Variables that change how Node and the app run. */
  env: Readonly<Record<string, string>>;
}

const TAKEN_OVER = new Set(['NODE_ENV', 'NODE_OPTIONS', 'MALLOC_ARENA_MAX']);

/**
 * Reads from the Dockerfile how its last stage starts Node, so that what is measured is what runs in production:
 * NODE_ENV, NODE_OPTIONS and MALLOC_ARENA_MAX, and the flags of CMD.
 */
export function imageOptions(dockerfile: string): ImageOptions {
  const lines = dockerfile.replace(/\\\n/g, ' ').split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const env: Record<string, string> = {};
  for (const line of stage.filter((one) => one.startsWith('ENV '))) {
    for (const [, name = '', quoted, plain] of line.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)) {
      if (TAKEN_OVER.has(name)) env[name] = quoted ?? plain ?? '';
    }
  }
  const command = stage.findLast((line) => line.startsWith('CMD '))?.slice('CMD '.length) ?? '[]';
  const words = JSON.parse(command) as string[];
  return { nodeArgs: words.slice(1).filter((word) => word.startsWith('-')), env };
}
