import { isObject, type JsonObject } from '../json';

/** One broken rule, in the words Google uses for it. */
export interface Problem {
  message: string;
  /** The field at fault. @default none, and no BadRequest detail */
  field?: string;
  /** What the BadRequest says of the field. @default the message */
  description?: string;
  /** True where the JSON does not even fit the schema, which Google finds before FCM is asked. */
  beforeFcm?: boolean;
}

/** A value of the wrong type, as Google's JSON transcoder puts it. */
export function typeProblem(field: string, type: string, value: unknown): Problem {
  return {
    message: `Invalid value at '${field}' (${type}), ${JSON.stringify(value)}`,
    field,
    beforeFcm: true,
  };
}

/** A field the schema does not know. */
export function unknownName(name: string, parent: string): Problem {
  const at = parent === '' ? '' : ` at '${parent}'`;
  return {
    message: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
    field: parent,
    beforeFcm: true,
  };
}

/** The same field under both of its names: protobuf JSON takes either, but not both. */
export function duplicateProblem(
  parent: JsonObject,
  name: string,
  jsonName: string,
  path: string,
): Problem | undefined {
  if (parent[name] === undefined || parent[jsonName] === undefined) return undefined;
  const text = `Invalid value at '${path}' (oneof), oneof field '_${name}' is already set. Cannot set '${jsonName}'`;
  return { message: text, field: path, beforeFcm: true };
}

/** A `map<string, string>` with something else in it. Google counts the entries: `message.data[0].value`. */
export function mapProblem(map: unknown, path: string): Problem | undefined {
  if (map === undefined || map === null) return undefined;
  if (!isObject(map)) return typeProblem(path, 'Map', map);
  let index = 0;
  for (const key in map) {
    if (typeof map[key] !== 'string')
      return typeProblem(`${path}[${index}].value`, 'TYPE_STRING', map[key]);
    index += 1;
  }
  return undefined;
}

/** A field that must be a string where it is set. */
export function stringProblem(
  parent: JsonObject,
  name: string,
  jsonName: string,
  path: string,
): Problem | undefined {
  const value = parent[name] ?? parent[jsonName];
  if (value === undefined || value === null || typeof value === 'string') return undefined;
  return typeProblem(`${path}.${name}`, 'TYPE_STRING', value);
}
