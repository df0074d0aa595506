import { pageMeta } from './envelope';

describe('pageMeta', () => {
  it('describes the position of a page', () => {
    expect(pageMeta(25, 2, 10)).toEqual({
      total: 25,
      limit: 10,
      page: 2,
      total_pages: 3,
      has_next: true,
      has_previous: true,
    });
  });

  it('has no next and no previous page for an empty listing', () => {
    expect(pageMeta(0, 1, 10)).toMatchObject({
      total_pages: 0,
      has_next: false,
      has_previous: false,
    });
  });
});
