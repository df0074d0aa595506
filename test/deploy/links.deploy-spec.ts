import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { ROOT } from './support/kustomize';
import { anchorsOf, linksOf, PAGES } from './support/markdown';

/** Why a link of a page is broken; undefined where it is not. */
function problemOf(page: string, target: string): string[] {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(page, '..', decodeURIComponent(path)));
  if (!existsSync(join(ROOT, file))) return [`${target}: there is no ${file}`];
  if (anchor === undefined || !file.endsWith('.md')) return [];
  return anchorsOf(file).includes(anchor) ? [] : [`${target}: ${file} has no such heading`];
}

describe('the pages in the repository', () => {
  it('are found by the check', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md']));
    expect(linksOf('docs/operations.md')).toContain('#backlog-grows');
    expect(linksOf('docs/metrics.md')).toContain('operations.md#backlog-grows');
  });

  it.each(PAGES)('have no broken links: %s', (page) => {
    expect(linksOf(page).flatMap((target) => problemOf(page, target))).toEqual([]);
  });

  it.each([
    ['a page that is not there', 'nowhere.md'],
    ['a heading that is not there', 'operations.md#no-such-heading'],
  ])('are told of a link to %s', (_, target) => {
    expect(problemOf('docs/metrics.md', target)).toHaveLength(1);
  });
});
