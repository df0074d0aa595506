import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './kustomize';

/** Folders of packages and generated files. */
const LEFT_OUT = /^(node_modules|dist|coverage|\.(?!github$).*)$/;

/** Every page of the repository, by its path from the root. */
export const PAGES = pagesBelow(ROOT).map((file) => relative(ROOT, file));

/** A page without its code blocks. */
export function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replace(/^ *```[^]*?^ *```$/gm, '');
}

/** The targets of a page's links and pictures, without those on other sites. */
export function linksOf(page: string): string[] {
  const prose = proseOf(page).replace(/`[^`\n]*`/g, '');
  const found = [...prose.matchAll(/\]\(([^()\s]+)\)|(?:src|href)="([^"]+)"|^\[[^\]]+\]: (\S+)/gm)];
  return found
    .map(([, inline, attribute, reference]) => inline ?? attribute ?? reference ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page: its headings, as GitHub writes them. */
export function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .replace(/\]\([^)]*\)/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.test(entry.name) ? [] : pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
