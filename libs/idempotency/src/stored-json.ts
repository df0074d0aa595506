/** Longest JSON kept for one device, in characters. */
const MAX_RECORD_LENGTH = 65_536;
/** Longest JSON kept for one result, in characters: that of 500 devices has about 100,000. */
const MAX_RESULT_LENGTH = 524_288;

/** What is kept of one device, as JSON. */
export function toStoredRecord(record: unknown): string {
  return toStored(record, MAX_RECORD_LENGTH);
}

/** A result as JSON. */
export function toStoredResult(result: unknown): string {
  return toStored(result, MAX_RESULT_LENGTH);
}

/** The value of what was stored; null where somebody else wrote something that is no JSON. */
export function fromStored(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** What is too long is kept as null: *that* a thing is done matters more than how it went. */
function toStored(value: unknown, maxLength: number): string {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined || json.length > maxLength ? 'null' : json;
}
