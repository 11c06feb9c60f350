import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildTemporal } from '../../src/embedded/temporal/build-temporal';
import { locateTemporal, temporalCache, type TemporalSearch } from '../../src/embedded/temporal/locate-temporal';
import { obtainTemporal, type TemporalProvider } from '../../src/embedded/temporal/obtain-temporal';
import { readProcess } from '../../src/processes/read-process';
import { until } from '../helpers/until';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

afterAll(removeTemporaryDirectories);

const signal = new AbortController().signal;
const versionLine = 'temporal version 9.9.9 (Server 1.99.0, UI 2.99.0)';

/** A program that answers `--version` the way Temporal's command line does. */
function fakeProgram(file: string, script = `echo "${versionLine}"`): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A machine with an empty cache and an empty folder as PATH. */
function machine(): TemporalSearch & { directory: string; bin: string } {
  const directory = temporaryDirectory();
  const bin = path.join(directory, 'bin');
  const environment = {
    XDG_CACHE_HOME: path.join(directory, 'cache'),
    PATH: bin,
    FAKE_LOG: directory,
  };
  return { directory, bin, environment, configuredPath: null };
}

const unused: TemporalProvider = () => Promise.reject(new Error('must not be called'));

describe('a Temporal executable', () => {
  test('is taken from the configured path, then PATH, then the cache, without any network', async () => {
    const found = machine();
    const cache = temporalCache(found.environment);
    const places = [
      ['cache', fakeProgram(cache.downloaded)],
      ['cache', fakeProgram(cache.built)],
      ['path', fakeProgram(path.join(found.bin, 'temporal'))],
    ] as const;
    const configuredPath = fakeProgram(path.join(found.directory, 'mine'));
    const version = '9.9.9 (Server 1.99.0, UI 2.99.0)';
    const providers = { download: unused, build: unused };
    const obtain = (search: TemporalSearch) =>
      obtainTemporal(search, providers, { onProgress: () => undefined, signal });
    expect(await obtain({ ...found, configuredPath })).toEqual({ source: 'configured', path: configuredPath, version });
    for (const [source, file] of [...places].reverse()) {
      expect(await obtain(found)).toEqual({ source, path: file, version });
      chmodSync(file, 0o644);
      writeFileSync(file, 'no program');
    }
    expect((await locateTemporal(found)).executable).toBeNull();
  });

  test('is refused where it is something else, with the reason', async () => {
    const found = machine();
    fakeProgram(path.join(found.bin, 'temporal'), 'echo "usage: temporal [time]"');
    const { executable, skipped } = await locateTemporal(found);
    expect(executable).toBeNull();
    expect(skipped.map(({ source }) => source)).toEqual(['path', 'cache', 'cache']);
    expect(skipped[0]?.reason).toContain('usage: temporal [time]');
  });

  test('is downloaded where there is none, and built where the download fails', async () => {
    const found = machine();
    const calls: string[] = [];
    const download: TemporalProvider = () => {
      calls.push('download');
      return Promise.reject(new Error('no network'));
    };
    const build: TemporalProvider = (cache) => {
      calls.push('build');
      return Promise.resolve(fakeProgram(cache.built));
    };
    const context = { onProgress: () => undefined, signal };
    const built = await obtainTemporal(found, { download, build }, context);
    expect(built).toMatchObject({ source: 'go-build', path: temporalCache(found.environment).built });
    expect(calls).toEqual(['download', 'build']);
    const downloaded = await obtainTemporal(
      machine(),
      { download: (cache) => Promise.resolve(fakeProgram(cache.downloaded)), build: unused },
      context,
    );
    expect(downloaded.source).toBe('sdk-download');
  });

  test('that cannot be had is an error that names all that was tried and what to do', async () => {
    const fail: TemporalProvider = () => Promise.reject(new Error('no network'));
    const context = { onProgress: () => undefined, signal };
    const obtaining = obtainTemporal(machine(), { download: fail, build: buildTemporal }, context);
    const error = await obtaining.then(
      () => new Error('it was found'),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'EMBEDDED_START_FAILED' });
    for (const part of [
      'there is no "temporal" on PATH',
      'sdk-download: no network',
      'no "go" on PATH',
      'Install the Temporal command line',
    ]) {
      expect(error.message).toContain(part);
    }
  });
});

describe('building Temporal', () => {
  const fakeGo = (script: string) => `echo "$@" >> "$FAKE_LOG/go-calls"\n${script}`;
  const writeTemporal = `printf '#!/bin/sh\\necho "${versionLine}"\\n' > "$GOBIN/temporal"; chmod 755 "$GOBIN/temporal"`;

  test('is done once by builders that start at the same moment, and says why it takes long', async () => {
    const { environment, bin, directory } = machine();
    fakeProgram(path.join(bin, 'go'), fakeGo(`mkdir -p "$GOBIN"; sleep 0.3; ${writeTemporal}`));
    const cache = temporalCache(environment);
    const messages: string[] = [];
    const context = { environment, signal, onProgress: (message: string) => messages.push(message) };
    const built = await Promise.all([1, 2, 3].map(() => buildTemporal(cache, context)));
    expect(built).toEqual([cache.built, cache.built, cache.built]);
    expect(readFileSync(path.join(directory, 'go-calls'), 'utf8')).toBe(
      'install github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    );
    expect(messages.filter((message) => message.includes('this takes some minutes'))).toHaveLength(1);
    expect(readdirSync(path.dirname(cache.built)).sort()).toEqual(['lock', 'temporal']);
  });

  test('that fails leaves nothing in the cache and tells the reason', async () => {
    const { environment, bin } = machine();
    fakeProgram(path.join(bin, 'go'), fakeGo('echo "no such module" >&2; exit 1'));
    const cache = temporalCache(environment);
    const building = buildTemporal(cache, { environment, signal, onProgress: () => undefined });
    await expect(building).rejects.toThrow('no such module');
    expect(existsSync(cache.built)).toBe(false);
  });

  test('ends with its children when it is given up', async () => {
    const { environment, bin, directory } = machine();
    const pidFile = path.join(directory, 'pid');
    fakeProgram(
      path.join(bin, 'go'),
      'sleep 600 & echo $! > "$FAKE_LOG/pid.new"; mv "$FAKE_LOG/pid.new" "$FAKE_LOG/pid"; wait',
    );
    const giveUp = new AbortController();
    const context = { environment, signal: giveUp.signal, onProgress: () => undefined };
    const building = expect(buildTemporal(temporalCache(environment), context)).rejects.toThrow('go install');
    await until('the build runs', () => existsSync(pidFile));
    const child = Number(readFileSync(pidFile, 'utf8'));
    expect(readProcess(child)).not.toBeNull();
    giveUp.abort();
    await building;
    // It has let go of its output, and is gone a moment later.
    await until('its child is gone', () => readProcess(child) === null);
  });
});
