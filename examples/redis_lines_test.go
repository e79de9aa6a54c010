//go:build unix

package examples

import "strings"

// What Redis and the example are asked, beside each other.
var (
	redisNames = []string{"get", "SET", "set", "getdel", "mget", "mset", "del", "exists", "incr",
		"decr", "incrby", "decrby", "append", "strlen", "expire", "ttl", "persist", "type", "keys",
		"dbsize", "echo", "ping", "flushall", "Nonsense", "select", "publish", "unsubscribe", "pexpire",
		"multi", "exec", "exec", "discard", "watch", "unwatch", "setex", "psetex", "setnx",
		"getset", "getex",
		"unlink", "expireat", "pexpireat", "rename", "renamenx", "incrbyfloat", "incrbyfloat", "flushdb",
		"pubsub", "client", "config"}
	// No time that could pass while the test runs, or be a millisecond later for one of the two.
	redisWords = []string{"a", "b", "c", "n", "500000", "-1", "0", "007", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808", "", "1.5", "ex", "PX", "nx",
		"xx", "get", "keepttl", "exat", "100000000", "*", "[a-c]", "async", "sync", "\xff\x00", "a b",
		"x\r\ny", "+1", "-0", "-", "persist", "PXAT", "0.1", "-3.0e2", "1e17", "0x1p-3", "inf", "nan",
		"1e4932", "1e-4970", "channels", "numsub", "numpat", "getname"}

	redisLines = strings.Split(strings.TrimSpace(`
PING
ping hello
PING a b
ECHO x
ECHO
FOO
foo a "b\r\nc" d
foo 'a\'b' "\x41\x4z\q\n\t\"" x"y z"
nonsense `+strings.Repeat("abcdefghij ", 30)+`
`+strings.Repeat("x", 200)+` a
SET a 1
GET a
SET a 2 NX
SET a 2 XX
SET z 2 XX
SET a 3 GET
SET a 4 NX GET
SET y 4 NX GET
SET y 4 XX GET
SET a 5 EX 100
TTL a
SET a 6 KEEPTTL
TTL a
SET a 7 EX 100 KEEPTTL
SET a 7 KEEPTTL EX 100
SET a 7 EX 100 PX 100
SET a 7 EX
SET a 7 EX x
SET a 7 EX 0
SET a 7 PX -1
SET a 7 EX 9223372036854775807
SET a 7 EXAT 1
GET a
SET a 7 PXAT 99999999999999
SET a 7 PXAT 9223372036854775807
SET a 7 EXAT 9223372036854775
SET a 7 NX XX
SET a 7 XX NX
SET a 7 FOO
SET a
GETDEL a
GETDEL a
MSET a 1 b 2
MSET a
MSET a 1 b
MSET a 1 a 2
MGET a b c
DEL a b c c
EXISTS a a
SET a 1
EXISTS a a b
INCR a
INCR b
DECR c
INCRBY a 9223372036854775807
INCRBY a 9223372036854775805
INCR a
INCRBY a -9223372036854775808
INCRBY a -9223372036854775808
DECRBY a -9223372036854775808
DECRBY a x
INCRBY a 1.5
INCRBY a " 1"
INCRBY a +1
INCRBY a 007
SET s x
INCR s
SET s " 1"
INCR s
SET s -0
INCR s
APPEND s ab
APPEND new ab
STRLEN s
STRLEN nothing
EXPIRE s 100
TTL s
EXPIRE s 200 NX
EXPIRE s 200 GT
TTL s
EXPIRE s 300 LT
EXPIRE s 100 XX LT
TTL s
EXPIRE s 100 NX XX
EXPIRE s 100 GT LT
EXPIRE s 100 NX GT
EXPIRE s 100 FOO
EXPIRE s 100 "x\r\ny\r\n"
EXPIRE s x FOO
EXPIRE s x
EXPIRE s 9223372036854775807
EXPIRE s -9223372036854775807
PERSIST s
PERSIST s
PERSIST nothing
TTL s
TTL nothing
EXPIRE new GT
EXPIRE new 100 GT
EXPIRE new 100 LT
EXPIRE nothing 10
EXPIRE s -1
EXISTS s
TYPE a
TYPE nothing
KEYS nothing*
KEYS
SCAN x
SCAN 0 COUNT 0
SCAN 0 COUNT x
SCAN 0 COUNT
SCAN 0 FOO x
SCAN 0 MATCH nothing COUNT 100000
SCAN 0 TYPE foo COUNT 100000
SCAN
DBSIZE
DBSIZE x
SELECT 0
SELECT 1
SELECT -1
SELECT x
PUBLISH nobody hello
PUBLISH nobody
UNSUBSCRIBE
PUNSUBSCRIBE
UNSUBSCRIBE x
SUBSCRIBE
COMMAND FOO
CONFIG GET
CONFIG FOO
CONFIG GET save
CONFIG GET SAV?
CONFIG GET proto-max-bulk-len
CONFIG GET nothing
CLIENT
CLIENT FOO
CLIENT SETNAME
CLIENT GETNAME
CLIENT SETNAME a\b
CLIENT GETNAME
CLIENT SETNAME "a b"
CLIENT ID x
CLIENT SETNAME ""
CLIENT GETNAME
HELLO x
HELLO 1
HELLO 2 FOO
HELLO 2 SETNAME
HELLO 2 SETNAME "a b"
INFO nothing
SHUTDOWN FOO
SUBSCRIBE one
PUBSUB CHANNELS
PUBSUB NUMSUB one two one
GET x
CLIENT ID x
CONFIG GET save
MULTI
Nonsense x
PING
PING x
PSUBSCRIBE t*
PUNSUBSCRIBE
UNSUBSCRIBE one
RESET
GET a
FLUSHALL FOO
FLUSHALL SYNC ASYNC
FLUSHALL ASYNC
DBSIZE`+redisTransactions+redisExpiry), "\n")

	redisFaults = []string{
		"*x\r\n", "*\r\n", "*+1\r\n", "*01\r\n", "* 1\r\n", "*9223372036854775808\r\n",
		"*99999999999\r\n",
		"*1\r\nPING\r\n", "*1\r\n\r\n", "*1\r\n$\r\n", "*1\r\n$-1\r\n", "*1\r\n$01\r\n",
		"*1\r\n$16777217\r\n", "*1\r\n$99999999999999999999\r\n",
		"*1\r\n:1\r\n", "*1\r\n\xff\r\n", "get \"a\r\n", "get 'a\r\n", "get \"a\"b\r\n",
		"get 'a'\"b\"\r\n",
		"*-1\r\n*0\r\n\r\n\n  \r\n*1\r\n$x\r\n", "QUIT\r\nPING\r\n", "quit now\r\n",
		"POST / HTTP/1.1\r\n", "Host: x\r\nPING\r\n",
		"*1\r\n$4\r\nQUITxx*1\r\n$4\r\nPING\r\n",
		strings.Repeat("x", 70_000), "*" + strings.Repeat("1", 70_000),
		"*1\r\n$" + strings.Repeat("1", 70_000),
	}
)
