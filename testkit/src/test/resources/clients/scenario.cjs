// One scenario for the node clients: node scenario.cjs ioredis|node-redis-2|node-redis-3 <port>
const assert = require('node:assert');

const [which, port] = process.argv.slice(2);
let checks = 0;
const check = (actual, expected) => {
  assert.deepStrictEqual(actual, expected);
  checks++;
};

async function ioredis() {
  const Redis = require('ioredis');
  const redis = new Redis(Number(port), '127.0.0.1');
  check(await redis.flushall(), 'OK');
  check(await redis.set('k', 'v', 'EX', 100), 'OK');
  check(await redis.get('k'), 'v');
  check((await redis.ttl('k')) > 90, true);
  check(await redis.expire('k', 200), 1);
  check(await redis.get('absent'), null);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; i++) {
    pipeline.incr('counter');
  }
  check((await pipeline.exec()).map(([error, value]) => error ?? value), Array.from({ length: 500 }, (_, i) => i + 1));
  check(await redis.multi().incr('counter').get('k').exec(), [[null, 501], [null, 'v']]);
  const subscriber = new Redis(Number(port), '127.0.0.1');
  const heard = new Promise((resolve) => subscriber.on('message', (channel, message) => resolve([channel, message])));
  check(await subscriber.subscribe('news'), 1);
  check(await redis.publish('news', 'hello'), 1);
  check(await heard, ['news', 'hello']);
  const keys = new Set();
  for await (const page of redis.scanStream({ count: 1 })) {
    page.forEach((key) => keys.add(key));
  }
  check([...keys].sort(), ['counter', 'k']);
  await subscriber.quit();
  await redis.quit();
}

async function nodeRedis(RESP) {
  const { createClient } = require('redis');
  const redis = await createClient({ url: `redis://127.0.0.1:${port}`, RESP }).connect();
  check(await redis.flushAll(), 'OK');
  check(await redis.set('k', 'v', { EX: 100 }), 'OK');
  check(await redis.get('k'), 'v');
  check((await redis.ttl('k')) > 90, true);
  check(await redis.expire('k', 200), 1);
  check(await redis.get('absent'), null);
  const replies = await Promise.all(Array.from({ length: 500 }, () => redis.incr('counter')));
  check(replies, Array.from({ length: 500 }, (_, i) => i + 1));
  check(await redis.multi().incr('counter').get('k').exec(), [501, 'v']);
  const subscriber = await redis.duplicate().connect();
  let resolve;
  const heard = new Promise((done) => (resolve = done));
  await subscriber.subscribe('news', (message, channel) => resolve([channel, message]));
  check(await redis.publish('news', 'hello'), 1);
  check(await heard, ['news', 'hello']);
  await subscriber.unsubscribe('news');
  const keys = new Set();
  for await (const page of redis.scanIterator({ COUNT: 1 })) {
    page.forEach((key) => keys.add(key));
  }
  check([...keys].sort(), ['counter', 'k']);
  check(await redis.ping(), 'PONG');
  await subscriber.close();
  await redis.close();
}

const run = which === 'ioredis' ? ioredis() : nodeRedis(Number(which.at(-1)));
run.then(
  () => console.log(`${which} passed ${checks} checks`),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
setTimeout(() => {
  console.error(`${which} hangs after ${checks} checks`);
  process.exit(1);
}, 30_000).unref();
