// The jobs of a client, with the npm package redis and its defaults: node node-redis.js HOST:PORT N
const { createClient } = require("redis");
const assert = require("assert");
const [addr, n] = [process.argv[2], +process.argv[3]];

async function main() {
  const c = createClient({ url: "redis://" + addr });
  c.on("error", e => { throw e; });
  await c.connect();
  await c.set("a", "1", { EX: 100 });
  assert.equal(await c.get("a"), "1");
  assert.equal(await c.get("nothing"), null);
  assert.equal(await c.ttl("a"), 100);
  assert.deepEqual(await c.mGet(["a", "nothing"]), ["1", null]);
  assert.equal((await c.configGet("save")).save, "");

  const piped = await c.multi().set("p", "x").get("p").incrByFloat("f", 1.5).execAsPipeline();
  assert.deepEqual(piped.map(String), ["OK", "x", "1.5"]);
  const done = await c.multi().incr("n").incr("n").exec();
  assert.deepEqual(done, [1, 2]);
  await c.watch("n");
  const other = await c.duplicate().connect();
  await other.incr("n");
  await assert.rejects(c.multi().incr("n").exec(), /WatchError|watched/i);
  assert.equal(await c.get("n"), "3");

  const got = [];
  const sub = await c.duplicate().connect();
  await sub.subscribe("news", m => got.push(m));
  await sub.pSubscribe("n?ws", m => got.push(m));
  assert.equal(await sub.get("n"), "3"); // which version 3 of the protocol allows
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
  for await (const keys of c.scanIterator({ MATCH: "?" })) seen += keys.length;
  assert.equal(seen, 4);
  for (const one of [c, other, sub]) await one.close();
  console.log("done");
}
main().catch(e => { console.error(e); process.exit(1); });
