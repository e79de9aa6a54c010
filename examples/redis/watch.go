package main

import "sync/atomic"

// A watch is what WATCH keeps of one client: keys, and whether one of them has been changed since.
// Whoever changes one holds its shard, and may be on another loop.
type watch struct {
	dirty atomic.Bool
	keys  [][]byte
}

// maxWatched bounds the keys that one client may watch, in Redis by its memory.
const maxWatched = 10_000

// watchers are those who watch one key.
type watchers map[*watch]struct{}

func (ws watchers) touched() {
	for w := range ws {
		w.dirty.Store(true)
	}
}

// touch lets those know that watch a key.
func (st *store) touch(key []byte) {
	if sh := st.shardOf(key); len(sh.watchers) > 0 {
		sh.watchers[string(key)].touched()
	}
}

// watch adds a key, unless it is watched already. What has expired by now does not count as a
// change later.
func (st *store) watch(w *watch, key []byte) {
	st.find(key)
	sh := st.shardOf(key)
	if _, ok := sh.watchers[string(key)][w]; ok {
		return
	}
	if sh.watchers == nil {
		sh.watchers = map[string]watchers{}
	}
	if sh.watchers[string(key)] == nil {
		sh.watchers[string(key)] = watchers{}
	}
	sh.watchers[string(key)][w] = struct{}{}
	w.keys = append(w.keys, append([]byte(nil), key...))
}

// unwatch forgets all keys of w. Their shards are locked.
func (st *store) unwatch(w *watch) {
	for _, key := range w.keys {
		sh := st.shardOf(key)
		delete(sh.watchers[string(key)], w)
		if len(sh.watchers[string(key)]) == 0 {
			delete(sh.watchers, string(key))
		}
	}
	w.keys = nil
	w.dirty.Store(false)
}

// changed reports whether a watched key has been changed, or has expired. The shards are locked.
func (st *store) changed(w *watch) bool {
	for _, key := range w.keys {
		st.find(key)
	}
	return w.dirty.Load()
}
