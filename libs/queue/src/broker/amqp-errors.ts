/** What the broker answered when it refused an operation. */
export interface Refusal {
  /** AMQP reply code, such as 404 or 406. */
  code: number;
  /** The broker's own words. */
  text: string;
}

/** The broker's refusal in an error of amqplib; undefined for any other error, such as a lost connection. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') {
    return undefined;
  }
  const quoted = /with message "(.*)"$/s.exec(error.message)?.[1] ?? error.message;
  return { code: error.code, text: quoted.replace(/^[A-Z_]+ - /, '') };
}

/** The message of anything thrown; a failed connection to a name with several addresses has but a code. */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('message' in error && typeof error.message === 'string' && error.message !== '') {
    return error.message;
  }
  return 'code' in error ? String(error.code) : 'unknown error';
}
