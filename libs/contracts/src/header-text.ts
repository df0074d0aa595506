/** Text from anywhere, fit for an HTTP header: at most 256 characters, visible ASCII only. */
export function headerText(value: string): string {
  return value.slice(0, 256).replace(/[^\x21-\x7e]/g, '?');
}
