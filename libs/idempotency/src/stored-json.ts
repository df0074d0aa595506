/** Longest JSON kept for one result or one device, in characters. */
const MAX_LENGTH = 65_536;

/** JSON as it is stored. What is too long is kept as null: *that* a thing is done matters more than how it went. */
export function toStored(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined || json.length > MAX_LENGTH ? 'null' : json;
}

/** The value of what was stored; null where somebody else wrote something that is no JSON. */
export function fromStored(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
