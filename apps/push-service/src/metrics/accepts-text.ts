/** The page as a scraper asks for it. */
const TEXT_TYPES = new Set(['text/plain', 'application/openmetrics-text']);
const JSON_TYPE = 'application/json';

/**
 * Whether the Accept header of a request is a scraper's: it names one of Prometheus's types, and JSON no more eagerly.
 * A bare wildcard (curl), a browser, or no header at all is a person, who gets JSON.
 */
export function acceptsPrometheusText(accept: string | undefined): boolean {
  let text = 0;
  let json = 0;
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = qualityOf(parameters);
    if (TEXT_TYPES.has(type)) text = Math.max(text, quality);
    if (type === JSON_TYPE) json = Math.max(json, quality);
  }
  return text > json;
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return Number.isFinite(quality) ? quality : 0;
}
