import { createServer } from 'node:http';
import { lookup } from 'node:dns/promises';
import { homedir, userInfo } from 'node:os';
import { rootCertificates } from 'node:tls';
import process from 'node:process';
import { pino } from 'pino';
import { answer } from './http/answer.js';
import { sendFile } from './http/files.js';
import { primes } from './primes.js';

const log = pino({ base: null, timestamp: false, level: process.env.LOG_LEVEL ?? 'info' });

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  try {
    if (url.pathname === '/primes') {
      const below = Number(url.searchParams.get('below') ?? 100);
      answer(response, 200, await primes(below));
    } else if (url.pathname === '/machine') {
      const { address } = await lookup('localhost', 4);
      answer(response, 200, {
        user: userInfo().username,
        home: homedir(),
        directory: process.cwd(),
        major: process.versions.node.split('.')[0],
        icu: new Intl.DateTimeFormat('de-AT', { dateStyle: 'full', timeZone: 'Asia/Kathmandu' }).format(new Date(0)),
        local: new Date(Date.UTC(2026, 6, 1, 12)).getTimezoneOffset(),
        roots: rootCertificates.length > 100,
        localhost: address,
        maps: process.env.NODE_OPTIONS,
      });
    } else if (url.pathname === '/fail') {
      throw new TypeError('as asked for');
    } else {
      await sendFile(response, url.pathname === '/' ? '/index.html' : url.pathname);
    }
  } catch (error) {
    log.error(error);
    answer(response, 500, { error: String(error), at: /src\/server\.ts/.test((error as Error).stack ?? '') });
  }
});

server.listen(Number(process.env.PORT), () => log.info('listening'));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'ended');
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
