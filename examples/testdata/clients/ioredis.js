// The jobs of a client, with the npm package ioredis and its defaults: node ioredis.js HOST:PORT N
const Redis = require("ioredis");
const assert = require("assert");
const [addr, n] = [process.argv[2], +process.argv[3]];

async function main() {
  const dial = () => {
    const c = new (Redis.default || Redis)("redis://" + addr);
    c.on("error", e => { throw e; });
    return c;
  };
  const c = dial(), other = dial(), sub = dial();
  await c.set("a", "1", "EX", 100);
  assert.equal(await c.get("a"), "1");
  assert.equal(await c.get("nothing"), null);
  assert.equal(await c.ttl("a"), 100);
  assert.deepEqual(await c.mget("a", "nothing"), ["1", null]);

  const piped = await c.pipeline().set("p", "x").get("p").incrbyfloat("f", 1.5).exec();
  assert.deepEqual(piped, [[null, "OK"], [null, "x"], [null, "1.5"]]);
  assert.deepEqual(await c.multi().incr("n").incr("n").exec(), [[null, 1], [null, 2]]);
  await c.watch("n");
  await other.incr("n");
  assert.equal(await c.multi().incr("n").exec(), null);
  assert.equal(await c.get("n"), "3");

  const got = [];
  sub.on("message", (channel, m) => got.push(m));
  sub.on("pmessage", (pattern, channel, m) => got.push(m));
  await sub.subscribe("news");
  await sub.psubscribe("n?ws");
  assert.equal(await c.publish("news", "hello"), 2);
  while (got.length < 2) await new Promise(setImmediate);
  assert.deepEqual(got, ["hello", "hello"]);
  await sub.unsubscribe("news");
  assert.equal(await c.publish("news", "again"), 1);

  for (let i = 0; i < n; ) {
    const some = [];
    for (const end = Math.min(n, i + 1000); i < end; i++) some.push(c.incr("count"));
    assert.equal((await Promise.all(some)).pop(), i);
  }
  let seen = 0;
  for await (const keys of c.scanStream({ match: "?" })) seen += keys.length;
  assert.equal(seen, 4);
  for (const one of [c, other, sub]) await one.quit();
  console.log("done");
}
main().catch(e => { console.error(e); process.exit(1); });
