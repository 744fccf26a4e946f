import { useState } from 'react';

/**
 * Idempotency keys of one dialog. What says the same has the same key, so that it is done once when it is sent again
 * after a time-out; with other answers it is another request, which the API would refuse under the former key.
 */
export class RequestKeys {
  private last: { said: string; key: string } | undefined;

  of(request: unknown): string {
    const said = JSON.stringify(request);
    if (this.last?.said !== said) this.last = { said, key: crypto.randomUUID() };
    return this.last.key;
  }

  /** It was done: the same once more is meant as another one. */
  done(): void {
    this.last = undefined;
  }
}

export function useRequestKeys(): RequestKeys {
  return useState(() => new RequestKeys())[0];
}
