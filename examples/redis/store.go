package main

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"time"
)

// A store keeps values by their keys. It is divided into shards, each with a lock, so that loops
// seldom wait for each other. Who works on keys locks their shards first, all at once: so a command
// is atomic, whatever number of keys it has.
//
//	set := st.shardsOf(keys)
//	st.lock(set)
//	defer st.unlock(set)
type store struct {
	now    func() time.Time
	shards [shards]shard
}

const shards = 64 // as a shardSet has bits

type shard struct {
	mu       sync.Mutex
	items    map[string]*item
	volatile map[string]*item // those that expire
	watchers map[string]watchers
}

// An item is a value. Whoever holds it holds the lock of its shard.
type item struct {
	value   []byte
	expires int64 // when, in Unix milliseconds; 0: never
}

func newStore(now func() time.Time) *store {
	st := &store{now: now}
	for i := range st.shards {
		st.shards[i].items, st.shards[i].volatile = map[string]*item{}, map[string]*item{}
	}
	return st
}

// A shardSet has a bit for each shard.
type shardSet uint64

const allShards = ^shardSet(0)

// seed is one for all stores, so that two of them answer alike, and a stranger cannot fill one
// shard.
var seed = maphash.MakeSeed()

func (st *store) index(key []byte) int { return int(maphash.Bytes(seed, key) % shards) }

func (st *store) shardOf(key []byte) *shard { return &st.shards[st.index(key)] }

// shardsOf returns the shards of args[0], args[step] and so on.
func (st *store) shardsOf(args [][]byte, step int) (set shardSet) {
	for i := 0; i < len(args); i += step {
		set |= 1 << st.index(args[i])
	}
	return set
}

// lock locks shards in the order of their numbers, as everybody does: so nobody waits for somebody
// who waits for him.
func (st *store) lock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		st.shards[bits.TrailingZeros64(uint64(set))].mu.Lock()
	}
}

func (st *store) unlock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		st.shards[bits.TrailingZeros64(uint64(set))].mu.Unlock()
	}
}

func (st *store) millis() int64 { return st.now().UnixMilli() }

// find returns the value of a key, nil if there is none. One that has expired is gone.
func (st *store) find(key []byte) *item {
	sh := st.shardOf(key)
	it := sh.items[string(key)]
	if it != nil && it.expires != 0 && it.expires <= st.millis() {
		sh.remove(string(key))
		return nil
	}
	return it
}

// set gives key a value, which it copies. When the value expires does not change.
func (st *store) set(key, value []byte) *item {
	it := st.find(key)
	if it == nil {
		it = &item{}
		st.shardOf(key).items[string(key)] = it
	}
	if cap(it.value) > 2*len(value)+64 {
		it.value = nil // or a short value would keep the memory of a long one
	}
	it.value = append(it.value[:0], value...)
	st.touch(key)
	return it
}

// append adds bytes to the value of a key.
func (st *store) append(key []byte, it *item, more []byte) {
	it.value = append(it.value, more...)
	st.touch(key)
}

// expire lets an item of this key expire at a time, in Unix milliseconds; 0 is never.
func (st *store) expire(key []byte, it *item, at int64) {
	switch {
	case at != 0 && it.expires == 0:
		st.shardOf(key).volatile[string(key)] = it
	case at == 0 && it.expires != 0:
		delete(st.shardOf(key).volatile, string(key))
	}
	it.expires = at
	st.touch(key)
}

// rename gives what one key has to another one, with its expiry.
func (st *store) rename(from, to []byte) {
	it := st.find(from)
	if it == nil || string(from) == string(to) {
		return
	}
	st.remove(to)
	st.remove(from)
	sh := st.shardOf(to)
	sh.items[string(to)] = it
	if it.expires != 0 {
		sh.volatile[string(to)] = it
	}
	st.touch(to)
}

func (st *store) remove(key []byte) (was bool) {
	if was = st.find(key) != nil; was {
		st.shardOf(key).remove(string(key))
	}
	return was
}

func (sh *shard) remove(key string) {
	delete(sh.items, key)
	delete(sh.volatile, key)
	sh.watchers[key].touched()
}

// counts returns the number of keys, and of those that expire. All shards are locked.
func (st *store) counts() (keys, volatile int) {
	for i := range st.shards {
		keys += len(st.shards[i].items)
		volatile += len(st.shards[i].volatile)
	}
	return keys, volatile
}

func (st *store) clear() {
	for i := range st.shards {
		sh := &st.shards[i]
		for key, w := range sh.watchers {
			if sh.items[key] != nil {
				w.touched()
			}
		}
		sh.items, sh.volatile = map[string]*item{}, map[string]*item{}
	}
}

// each calls f with the keys of a shard that have not expired, in no order.
func (st *store) each(shard int, f func(key string)) {
	now := int64(0)
	for key, it := range st.shards[shard].items {
		if it.expires != 0 {
			if now == 0 {
				now = st.millis()
			}
			if it.expires <= now {
				continue
			}
		}
		f(key)
	}
}

// expireForever removes what has expired and nobody asks for.
func (st *store) expireForever() {
	for range time.Tick(100 * time.Millisecond) {
		st.expireSome()
	}
}

const sample = 20 // keys to look at before the lock is given up

// expireSome looks at a few keys of each shard that expire, and at more of them while a quarter had
// expired: so, as in Redis, no more than a quarter of what expires is kept for nothing, and no lock
// is held for long.
func (st *store) expireSome() {
	for i := range st.shards {
		for st.shards[i].expireSample(st.millis()) > sample/4 {
		}
	}
}

func (sh *shard) expireSample(now int64) (removed int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	looked := 0
	for key, it := range sh.volatile { // which begins anywhere
		if it.expires <= now {
			sh.remove(key)
			removed++
		}
		if looked++; looked == sample {
			break
		}
	}
	return removed
}
