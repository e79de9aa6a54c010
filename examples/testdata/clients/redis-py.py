"""The jobs of a client, with redis-py and its defaults: redis-py.py HOST:PORT N"""
import sys
import redis

host, port = sys.argv[1].rsplit(":", 1)
n = int(sys.argv[2])
c = redis.Redis(host, int(port))
assert c.set("a", "1", ex=100)
assert c.get("a") == b"1" and c.get("nothing") is None and c.ttl("a") == 100
assert c.mget("a", "nothing") == [b"1", None]
assert c.setex("p", 100, "x") and not c.setnx("p", "y")
assert c.config_get("save") == {"save": ""}
assert c.info()["redis_version"].startswith("7.") and c.client_list()[0]["db"] == "0"

assert c.pipeline(transaction=False).set("p", "x").get("p").execute() == [True, b"x"]
assert c.pipeline().incr("n").incr("n").incrbyfloat("f", 1.5).execute() == [1, 2, 1.5]
with c.pipeline() as p:
    p.watch("n")
    redis.Redis(host, int(port)).incr("n")
    p.multi()
    p.incr("n")
    try:
        p.execute()
        sys.exit("a transaction was run although its key was changed")
    except redis.WatchError:
        pass
assert c.get("n") == b"3"

sub = c.pubsub()
sub.subscribe("news")
sub.psubscribe("n?ws")
assert [m["type"] for m in (next(sub.listen()), next(sub.listen()))] == ["subscribe", "psubscribe"]
assert c.publish("news", "hello") == 2
assert [m["data"] for m in (next(sub.listen()), next(sub.listen()))] == [b"hello", b"hello"]
assert c.pubsub_numsub("news") == [(b"news", 1)] and c.pubsub_numpat() == 1
sub.close()

for begin in range(0, n, 1000):
    p = c.pipeline()
    for _ in range(min(1000, n - begin)):
        p.incr("count")
    assert p.execute()[-1] == min(begin + 1000, n)
assert sorted(c.scan_iter("?")) == [b"a", b"f", b"n", b"p"]
assert c.rename("a", "b") and c.unlink("b") == 1 and c.flushdb() and c.dbsize() == 0
print("done")
