import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const { below } = workerData as { below: number };
if (!Number.isInteger(below) || below > 1e7) {
  throw new RangeError(`below: ${below}`);
}
const crossed = new Uint8Array(below);
let count = 0;
let last: number | undefined;
for (let n = 2; n < below; n++) {
  if (crossed[n]) continue;
  count++;
  last = n;
  for (let multiple = n * n; multiple < below; multiple += n) crossed[multiple] = 1;
}
parentPort?.postMessage({ below, count, last, thread: !isMainThread });
