import type { Bench } from '../rows/row';

export async function profile({ tell }: Bench): Promise<void> {
  tell('not yet');
}
