import { Worker } from 'node:worker_threads';

export interface Counted {
  below: number;
  count: number;
  last: number | undefined;
  thread: boolean;
}

/** Counted in a thread, so that the server goes on answering. */
export function primes(below: number): Promise<Counted> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./jobs/primes.mjs', import.meta.url), { workerData: { below } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
