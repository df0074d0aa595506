/** Entries made into text at a time: a long list neither blocks the sends nor becomes one huge string. */
const CHUNK = 500;

/** The text of a JSON array, in pieces. */
export function* jsonArray<T>(
  entries: readonly T[],
  view: (entry: T) => object,
): Generator<string> {
  yield '[';
  for (let from = 0; from < entries.length; from += CHUNK) {
    const chunk = entries.slice(from, from + CHUNK).map((entry) => JSON.stringify(view(entry)));
    yield (from === 0 ? '' : ',') + chunk.join(',');
  }
  yield ']';
}
