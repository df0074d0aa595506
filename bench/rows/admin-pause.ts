import { setTimeout as sleep } from 'node:timers/promises';

/** Consumers are cancelled, and what they hold is worked off, soon after the word. */
const SETTLE_MS = 500;

interface Pause {
  begin: () => Promise<void>;
  end: () => Promise<void>;
}

/** Holds the service's intake, by its admin API. */
export function adminPause(url: string, key: string): Pause {
  const tell = async (word: string): Promise<void> => {
    const answer = await fetch(`${url}/api/v1/admin/intake/${word}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: '{}',
    });
    if (!answer.ok) throw new Error(`${word}: the service answered ${await answer.text()}`);
  };
  return {
    begin: async () => {
      await tell('pause');
      await sleep(SETTLE_MS);
    },
    end: () => tell('resume'),
  };
}
