import { readFileSync } from 'fs';
import { join } from 'path';
import Mustache from 'mustache';
import semver from 'semver';
import { sample, type Entry } from './entries';

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

function main(): number {
  const format = option('format') ?? 'text';
  const floor = option('since') ?? '0.0.0';
  if (!semver.valid(floor)) {
    console.error(`not a version: ${floor}`);
    return 3;
  }
  const template = readFileSync(join(__dirname, '..', 'templates', `${format === 'markdown' ? 'markdown' : 'text'}.md`), 'utf8');
  const entries: Entry[] = sample.filter((entry) => semver.gt(entry.version, floor));
  entries.sort((a, b) => semver.rcompare(a.version, b.version));
  const body = entries.map((entry) => `${entry.version}  ${entry.text}`).join('\n');
  process.stdout.write(Mustache.render(template, { title: `Changes since ${floor}`, body }));
  return entries.length ? 0 : 1;
}

process.exitCode = main();
