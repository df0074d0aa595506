import { Injectable } from '@nestjs/common';
import { env } from './settings';

export interface User {
  devices: { token: string }[];
}

/** Looks users up. */
@Injectable()
export class UsersService {
  async find(id: string): Promise<User> {
    const answer = await fetch(`${env('USER_SERVICE_URL')}/api/v1/users/${id}`);
    if (!answer.ok) throw new Error(`User service answered ${answer.status}`);
    const { data } = (await answer.json()) as { data: User };
    return data;
  }
}
