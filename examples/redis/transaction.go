package main

// A transaction is what MULTI has begun: commands that wait for EXEC, which runs them with all
// their keys locked, so nobody sees half of it.
type transaction struct {
	queue []queued
	size  int  // bytes of the arguments, and what each costs besides
	bad   bool // one was refused: EXEC will run none
}

type queued struct {
	command *command
	args    [][]byte
}

const argumentCost = 64 // bytes of memory, beside the argument's own

func (s *session) multi([][]byte) {
	if s.transaction != nil {
		s.fail("ERR MULTI calls can not be nested")
		return
	}
	s.transaction = &transaction{}
	s.status("OK")
}

// enqueue keeps a command for EXEC.
func (s *session) enqueue(c *command, args [][]byte) {
	t := s.transaction
	if t.size += argumentCost * (1 + len(args)); len(s.data)+t.size > s.db.limits.request {
		s.refuse("ERR the transaction is too large")
		return
	}
	t.size += len(s.data)
	data := append([]byte(nil), s.data...) // the request goes back to its pool
	kept, start := make([][]byte, len(args)), 0
	for i, end := range s.ends {
		kept[i] = data[start:end:end]
		start = end
	}
	t.queue = append(t.queue, queued{c, kept})
	s.status("QUEUED")
}

func (s *session) discard([][]byte) {
	if s.transaction == nil {
		s.fail("ERR DISCARD without MULTI")
		return
	}
	s.endTransaction()
	s.status("OK")
}

// exec runs what has waited, in one go.
func (s *session) exec([][]byte) {
	t := s.transaction
	if t == nil {
		s.fail("ERR EXEC without MULTI")
		return
	}
	set := s.db.store.shardsOf(s.watch.keys, 1)
	for _, q := range t.queue {
		if set |= s.lockSet(q.command, q.args); q.command.flags&locksItself != 0 {
			set = allShards
		}
	}
	defer s.endTransaction()
	s.holding(set, func() {
		switch {
		case t.bad:
			s.fail("EXECABORT Transaction discarded because of previous errors.")
		case s.db.store.changed(&s.watch):
			s.nullArray()
		default:
			s.array(len(t.queue))
			for _, q := range t.queue {
				q.command.run(s, q.args)
			}
		}
	})
}

// holding locks shards for f.
func (s *session) holding(set shardSet, f func()) {
	s.db.store.lock(set)
	s.held = set
	defer func() { // also if it panics: that ends this session, not the others
		s.held = 0
		s.db.store.unlock(set)
	}()
	f()
}

func (s *session) endTransaction() {
	s.transaction = nil
	s.unwatchAll()
}

func (s *session) watchCommand(args [][]byte) {
	switch {
	case s.transaction != nil:
		s.fail("ERR WATCH inside MULTI is not allowed")
	case len(s.watch.keys)+len(args)-1 > maxWatched:
		s.fail("ERR too many watched keys")
	default:
		for _, key := range args[1:] {
			s.db.store.watch(&s.watch, key)
		}
		s.status("OK")
	}
}

func (s *session) unwatch([][]byte) {
	s.unwatchAll()
	s.status("OK")
}

// unwatchAll locks what EXEC has not locked already.
func (s *session) unwatchAll() {
	set := s.db.store.shardsOf(s.watch.keys, 1) &^ s.held
	s.db.store.lock(set)
	defer s.db.store.unlock(set)
	s.db.store.unwatch(&s.watch)
}

// reset makes the session as new.
func (s *session) reset([][]byte) {
	s.endTransaction()
	s.unsubscribeAll()
	s.setName(nil)
	s.speak(2)
	s.status("RESET")
}
