import { describe, expect, it } from '@jest/globals';
import type { ConfigFiles } from './config-files.ts';
import type { ConfigEnvironment } from './key.ts';
import { type ConfigChange, loadConfig, unknownKeysText } from './live-config.ts';
import { printConfig } from './print.ts';
import { parseProperties } from './properties.ts';
import { aliasesOf, keysOf } from './table.ts';
import { brokerConfig } from './tables/broker.ts';
import { namesrvConfig } from './tables/namesrv.ts';

const environment: ConfigEnvironment = {
  variables: { NAMESRV_ADDR: '10.0.0.1:9876' },
  homeDirectory: '/home/rocketmq',
  hostName: 'host-a',
  localAddress: '10.0.0.2',
  processors: 2,
};

class MemoryFiles implements ConfigFiles {
  readonly texts: Map<string, string>;
  constructor(texts: Readonly<Record<string, string>>) {
    this.texts = new Map(Object.entries(texts));
  }
  async read(path: string): Promise<string | undefined> {
    return this.texts.get(path);
  }
  async replace(path: string, text: string): Promise<void> {
    this.texts.set(path, text);
  }
}

function brokerWith(text: string, overrides: Record<string, string> = {}) {
  const files = new MemoryFiles({ 'a.properties': text });
  const loading = loadConfig(brokerConfig, { file: 'a.properties', overrides, environment, files });
  return { files, loading };
}

describe('a configuration', () => {
  it('has Apache’s defaults, those of the machine included', async () => {
    const { settings } = await loadConfig(brokerConfig, {
      environment,
      files: new MemoryFiles({}),
    });
    expect(settings).toMatchObject({
      brokerName: 'host-a',
      brokerIP1: '10.0.0.2',
      brokerRole: 'ASYNC_MASTER',
      listenPort: 10911,
      namesrvAddr: '10.0.0.1:9876',
      storePathRootDir: '/home/rocketmq/store',
      maxMessageSize: 4_194_304,
      'tls.server.mode': 'permissive',
    });
    const namesrv = await loadConfig(namesrvConfig, { environment, files: new MemoryFiles({}) });
    expect(namesrv.settings).toMatchObject({
      listenPort: 9876,
      kvConfigPath: '/home/rocketmq/namesrv/kvConfig.json',
    });
  });

  it('takes the file over the environment and flags over the file', async () => {
    const { loading } = brokerWith('namesrvAddr=b:1\nbrokerName = broker-a\nlistenPort=1 \n', {
      namesrvAddr: 'c:1',
    });
    const { settings } = await loading;
    expect([settings.namesrvAddr, settings.brokerName, settings.listenPort]).toEqual([
      'c:1',
      'broker-a',
      1,
    ]);
  });

  it('reads the older spellings of 4.x', async () => {
    const { loading } = brokerWith('mapedFileSizeCommitLog=8388608\n');
    const config = await loading;
    expect(config.settings.mappedFileSizeCommitLog).toBe(8_388_608);
    expect(config.propertiesText()).toContain('mappedFileSizeCommitLog=8388608\n');
  });

  it.each([
    ['listenPort=abc', 'a.properties:1: listenPort is "abc", expected an integer from 0 to 65535'],
    [
      '\nlistenPort=70000',
      'a.properties:2: listenPort is "70000", expected an integer from 0 to 65535',
    ],
    [
      'brokerRole=MASTER',
      'brokerRole is "MASTER", expected one of ASYNC_MASTER, SYNC_MASTER, SLAVE',
    ],
    ['longPollingEnable=yes', 'expected true or false'],
  ])('refuses %j with file and line', async (text, message) => {
    await expect(brokerWith(text).loading).rejects.toThrow(message);
  });

  it('says that its file is not there', async () => {
    const files = new MemoryFiles({});
    const loading = loadConfig(brokerConfig, { file: 'gone', environment, files });
    await expect(loading).rejects.toMatchObject({ code: 'CONFIG_FILE_ABSENT' });
  });

  it('keeps unknown keys and names the nearest known one', async () => {
    const { loading } = brokerWith('x=1\nbrokerNmae=a\nbanana=1\n');
    const config = await loading;
    expect(config.unknownKeys).toEqual([
      { key: 'x', where: 'a.properties:1', nearest: undefined },
      { key: 'brokerNmae', where: 'a.properties:2', nearest: 'brokerName' },
      { key: 'banana', where: 'a.properties:3', nearest: undefined },
    ]);
    expect(config.propertiesText()).toContain('brokerNmae=a\n');
  });

  it('prints the first unknown keys, and how many more there are', async () => {
    const text = Array.from({ length: 12 }, (_, index) => `banana${index}=1\n`).join('');
    const config = await brokerWith(`brokerNmae=a\n${text}`).loading;
    const lines = unknownKeysText(config.unknownKeys).split('\n');
    expect(lines[0]).toBe(
      'a.properties:1: unknown key "brokerNmae", the nearest known one is brokerName',
    );
    expect(lines[1]).toBe('a.properties:2: unknown key "banana0"');
    expect(lines.slice(10)).toEqual(['3 more unknown keys are in the log', '']);
    expect(unknownKeysText([])).toBe('');
  });

  it('takes tls keys from the file that tls.config.file names', async () => {
    const files = new MemoryFiles({
      'a.properties': 'tls.config.file=t\ntls.server.mode=disabled\n',
      t: 'tls.server.mode=enforcing\ntls.server.keyPassword=secret\nlistenPort=1\n',
    });
    const config = await loadConfig(brokerConfig, { file: 'a.properties', environment, files });
    expect(config.tlsProperties()).toMatchObject({
      'tls.server.mode': 'enforcing',
      'tls.server.keyPassword': 'secret',
    });
    expect(config.settings.listenPort).toBe(10911);
    expect(config.propertiesText()).not.toContain('secret');
    expect(printConfig(config, 'all', new Date())).not.toContain('secret');
  });
});

describe('an update', () => {
  it('puts live keys in force, keeps others for the next start, and writes all to the file', async () => {
    const { files, loading } = brokerWith('brokerName=a\nunheardOf=1\n');
    const config = await loading;
    const seen: ConfigChange[] = [];
    config.onChanged((changes) => seen.push(...changes));
    await config.update('brokerPermission=4\nlistenPort=1\nother=x\n');
    expect([config.settings.brokerPermission, config.settings.listenPort]).toEqual([4, 10911]);
    expect(seen).toEqual([
      { key: 'brokerPermission', from: '6', to: '4', effect: 'live' },
      { key: 'listenPort', from: '10911', to: '1', effect: 'start' },
      { key: 'other', from: '', to: 'x', effect: 'never' },
    ]);
    const kept = parseProperties(files.texts.get('a.properties') ?? '', '');
    const values = new Map(kept.map(({ key, value }) => [key, value]));
    expect(values.get('listenPort')).toBe('1');
    expect(values.get('unheardOf')).toBe('1');
    expect(config.propertiesText()).toContain('\nlistenPort=1\n');
  });

  it('changes nothing when one of its values is wrong', async () => {
    const config = await brokerWith('').loading;
    const update = config.update('brokerPermission=4\nlistenPort=x');
    await expect(update).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(config.settings.brokerPermission).toBe(6);
  });

  it.each(['configBlackList=', 'brokerConfigPath=x', 'rocketmqHome=x', 'fileReservedTime=1'])(
    'is refused for the protected key in %j',
    async (text) => {
      const config = await brokerWith('configBlackList=fileReservedTime;x').loading;
      await expect(config.update(text)).rejects.toMatchObject({
        code: 'CONFIG_PROTECTED',
        message: 'Can not update config in black list.',
      });
    },
  );

  it('cannot fill the memory with keys that nobody knows', async () => {
    const config = await brokerWith('').loading;
    const text = Array.from({ length: 1500 }, (_unused, index) => `k${index}=1`).join('\n');
    await expect(config.update(text)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('the tables', () => {
  it.each([brokerConfig, namesrvConfig])(
    '$name: every default is a value its key accepts',
    (table) => {
      for (const [name, key] of keysOf(table)) {
        const value = typeof key.default === 'object' ? key.default.of(environment) : key.default;
        expect([name, key.read(String(value))]).toEqual([name, value]);
      }
    },
  );

  it.each([brokerConfig, namesrvConfig])('$name: no older spelling is another key', (table) => {
    const names = new Set(keysOf(table).keys());
    expect([...aliasesOf(table).keys()].filter((alias) => names.has(alias))).toEqual([]);
  });
});

describe('printing', () => {
  const now = new Date('2026-11-22T11:15:09.079Z');

  it('has the prefixes of Apache’s console loggers', async () => {
    const files = new MemoryFiles({});
    const broker = await loadConfig(brokerConfig, { environment, files });
    expect(printConfig(broker, 'all', now)).toContain(
      '2026-11-22 19\\:15\\:09 INFO main - brokerId=0\n',
    );
    const namesrv = await loadConfig(namesrvConfig, { environment, files });
    expect(printConfig(namesrv, 'all', now)).toMatch(
      /\n\d\d:15:09\.079 \[main\] INFO RocketmqNamesrvConsole - listenPort=9876\n/,
    );
  });

  it('prints the important keys only when asked for them', async () => {
    const broker = await loadConfig(brokerConfig, { environment, files: new MemoryFiles({}) });
    const important = printConfig(broker, 'important', now);
    expect(important).toContain('brokerName=host-a');
    expect(important).not.toContain('listenPort');
  });
});
