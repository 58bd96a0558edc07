// BullMQ and the client of Redis, which are loaded when they are asked for and may be left out when
// `forkless` is installed.
import { ConfigError } from '@forkless/errors';
import type { Redis } from 'ioredis';

/** The library, or one sentence on how to get it. */
export async function loadBull(): Promise<typeof import('bullmq')> {
  try {
    // BullMQ leaves the choice of its client open, and loads it later with an error of its own.
    await import('ioredis');
    return await import('bullmq');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new ConfigError('The bullmq engine needs two packages: npm install bullmq ioredis.');
  }
}

/** Where a Redis is, and how patient its clients are. */
export interface RedisConnection {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  readonly db?: number;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number;
}

/** A client of our own, which can be let go while it still waits for a Redis that is away. */
export async function redisClient(url: string): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  return new Client(await redisConnection(url));
}

/** What BullMQ connects with: it waits for a Redis that is away, for as long as that takes. */
export async function redisConnection(url: string): Promise<RedisConnection> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol)) {
    throw new ConfigError(
      `--redis was given "${url}"; expected a URL such as redis://host:6379/0.`,
    );
  }
  const database = Number(parsed.pathname.slice(1) || 0);
  return {
    host: parsed.hostname,
    port: Number(parsed.port || 6379),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
    ...(Number.isInteger(database) ? { db: database } : {}),
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(times * 100, 2000),
  };
}
