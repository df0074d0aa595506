/** A parsed JSON object whose fields are still to be checked. */
export type JsonObject = Record<string, unknown>;

/** Whether a parsed JSON value is an object (neither null nor an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a field, by its proto name or its camelCase JSON name; both are valid protobuf JSON. */
export function objectField(
  parent: JsonObject | undefined,
  name: string,
  jsonName = name,
): JsonObject | undefined {
  const value = parent?.[name] ?? parent?.[jsonName];
  return isObject(value) ? value : undefined;
}

/** The non-empty string under a field, by its proto name or its camelCase JSON name. */
export function stringField(
  parent: JsonObject | undefined,
  name: string,
  jsonName = name,
): string | undefined {
  const value = parent?.[name] ?? parent?.[jsonName];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
