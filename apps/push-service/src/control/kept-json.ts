/** What a text from Redis says; undefined where it is no JSON. */
export function keptJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
