// Two entry points: the worker is a file of its own, that the server starts by its address.
import { build } from 'esbuild';
import { cp, rm } from 'node:fs/promises';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { server: 'src/server.ts', 'jobs/primes': 'src/primes.worker.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // what npm installed stays there: pino starts threads from its own files
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node22',
  sourcemap: true,
});
await cp('static', 'dist/static', { recursive: true });
