/** Position within a paged listing. */
export interface PageMeta {
  total: number;
  limit: number;
  page: number;
  total_pages: number;
  has_next: boolean;
  has_previous: boolean;
}

/** The shape of every JSON answer. */
export interface Envelope<T> {
  success: boolean;
  data: T | null;
  error: string | null;
  message: string;
  meta: PageMeta | null;
}

/** A successful answer. */
export function success<T>(data: T, message: string, meta: PageMeta | null = null): Envelope<T> {
  return { success: true, data, error: null, message, meta };
}

/**
 * A refusal or a failure.
 * @param error a short code, such as `not_found`
 * @param message a sentence that says what to do
 */
export function failure(error: string, message: string): Envelope<null> {
  return { success: false, data: null, error, message, meta: null };
}

/** Describes one page of a listing. Pages count from 1. */
export function pageMeta(total: number, page: number, limit: number): PageMeta {
  const totalPages = Math.ceil(total / limit);
  return {
    total,
    limit,
    page,
    total_pages: totalPages,
    has_next: page < totalPages,
    has_previous: page > 1 && totalPages > 0,
  };
}
