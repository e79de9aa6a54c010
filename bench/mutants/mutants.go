package main

// A mutant is a small fault: in file, old becomes new.
type mutant struct {
	name     string
	file     string
	old, new string
}

var mutants = []mutant{
	{"a partial write forgets the rest", "fifo/drain.go", "	f.consume(sent)\n	return sent, offered, err", "	f.consume(offered)\n	return sent, offered, err"},
	{"a partial write of a few lines forgets the rest", "fifo/peek.go", "		f.head.data = p[n:]\n", "		f.head.data = nil\n"},
	{"an append to a closing queue", "fifo/append.go", "t.chunk == nil || f.closing || len(p)", "t.chunk == nil || len(p)"},
	{"an element is given to Messages whole that has begun before", "chat/messages.go", "if len(m.data) > 0 {", "if false {"},
	{"Messages takes the rest of an element for a whole one", "terminator/matcher.go", "!m.plain || m.got > 0", "!m.plain"},
	{"a greeting counts as an element", "chat/send.go", "!c.usual() || c.has(first) || ", "!c.usual() || "},
	{"what a server holds is not counted down", "chat/send.go", "c.partial() || c.buffered > 0 || ", "c.partial() || "},
	{"what is left behind a long drain waits for ever", "chat/send.go", "c.has(first) || !c.out.Empty() || c.partial()", "c.has(first) || c.partial()"},
	{"a place that panics closes the listener", "core/place.go", `	defer ln.loop.logPanic("NewPlace", h)
`, ""},
	{"what is due after a read is not done", "chat/receive.go", "	if settles {\n		c.settle()\n	}\n", "	if settles {\n		c.account()\n	}\n"},
	{"what is behind a producer overtakes it", "fifo/drain.go", `		if n.producer != nil && n.err != io.EOF {
			break
		}`, ""},
	{"a producer is not closed at its end", "fifo/fifo.go", "	if producer != nil {\n		closeProducer(producer)\n	}", "	_ = producer"},
	{"a producer that was not ready is never asked again", "fifo/fifo.go", "func (f *FIFO) Resume() { f.waiting = false }", "func (f *FIFO) Resume() {}"},
	{"the queue keeps what belongs to the caller", "chat/send.go", "	c.out.Keep()\n", ""},
	{"low water is never reached", "fifo/marks.go", "f.size <= int(f.lowMark)", "f.size < 0"},

	{"a delimiter is missed where a read cuts it", "terminator/matcher.go", "len(buf)-prefixAtEnd(buf, delim), 0, 0, 0)", "len(buf), 0, 0, 0)"},
	{"a length forgets what earlier reads brought", "terminator/matcher.go", `	m.got += int64(len(buf))
	return len(buf), 0, false`, "	return len(buf), 0, false"},
	{"a held prefix is lost at the end of the input", "terminator/matcher.go", "func (m *Matcher) EOF() { m.eof = true }", "func (m *Matcher) EOF() {}"},
	{"a skipped line takes the next one with it", "terminator/matcher.go", "			m.got, m.dropping = 0, false\n", "			m.got = 0\n"},
	{"an element as long as its limit is too long", "terminator/matcher.go",
		"m.max > 0 && !m.dropping && m.got+int64(content) > m.max", "m.max > 0 && !m.dropping && m.got+int64(content) >= m.max"},

	{"EINTR of a read is an error", "core/conn.go", "		case err == syscall.EINTR:\n", "		case false:\n"},
	{"EINTR of a write is an error", "core/conn.go", `		n, err := c.loop.kernel.Write(int(c.fd), p)
		if err == nil {
			c.loop.stats.Written += uint64(n)
			return n, nil
		}
		if err != syscall.EINTR {`, `		n, err := c.loop.kernel.Write(int(c.fd), p)
		if err == nil {
			c.loop.stats.Written += uint64(n)
			return n, nil
		}
		if true {`},
	{"EINTR of a gathered write is an error", "core/conn.go", `		n, err := c.loop.kernel.Writev(int(c.fd), v)
		if err == syscall.EINTR {`, `		n, err := c.loop.kernel.Writev(int(c.fd), v)
		if false {`},
	{"EAGAIN of a write is an error", "core/conn.go", `	if kernel.WouldBlock(err) {
		return 0, nil
	}
	return 0, c.opError("write", err)`, `	return 0, c.opError("write", err)`},
	{"an event is not looked at again after a close", "core/dispatch.go", "d.want&Writable != 0 && !d.Closed()", "d.want&Writable != 0"},
	{"an old event hits the next owner of the place", "core/internal/heap/slots.go", "generation + 1, nextFree", "generation, nextFree"},
	{"a timer that is stopped fires", "core/internal/heap/timers.go", "	ts.heap.remove(int(t.place - 1))\n	return true", "	return true"},
	{"a timer that was put off fires at its old time", "core/internal/heap/timers.go", "h[0].seq != h[0].t.seq {", "h[0].seq != h[0].t.seq && h[0].key > h[0].t.when {"},
	{"deadlines do not end a wait", "core/timer.go", " && (!ok || l.deadlines", " && ok && (!ok || l.deadlines"},
	{"a deadline that was put off is forgotten", "core/deadline.go", `		case d.deadline > l.now: // put off
			d.arm(d.deadline)`, `		case d.deadline > l.now: // put off
			d.armed = 0`},
	{"a post is lost when the loop is going to sleep", "core/turn.go", "l.sleeping = timeout != 0", "l.sleeping = false"},
	{"posted functions run in another order", "core/post.go", "for i, f := range batch {", "for i := len(batch) - 1; i >= 0; i-- {\n		f := batch[i]"},
	{"accept ends after ECONNABORTED", "core/listener.go", "		case isOfOneConnection(err):\n", "		case isOfOneConnection(err):\n			ln.CloseWith(ln.acceptError(err))\n			return\n"},
	{"ECONNABORTED is not of one connection", "core/listener.go", "case syscall.ECONNABORTED, syscall.ECONNRESET,", "case syscall.ECONNRESET,"},
	{"accept does not resume after EMFILE", "core/listener.go", "ln.After(pause, func() { ln.SetWant(Readable) })", "ln.After(pause, func() {})"},
	{"accept does not rest at EMFILE", "core/listener.go", "	ln.SetWant(0)\n", ""},
	{"a deferred call is made once only", "core/dispatch.go", "		d.flags &^= deferred\n", ""},
	{"the next turn is forgotten if asked for in an event", "core/dispatch.go", `	for _, d := range l.nextTurn {
		d.flags &^= nextTurn
	}
`, ""},
	{"a false event makes a connection", "core/dialing.go", "err == syscall.ENOTCONN {", "false && err == syscall.ENOTCONN {"},
	{"only the first address is tried", "core/dialing.go", "	if next := d.next(); next != nil {", "	if next := err; next != nil {"},
	{"the descriptor of a closed connection stays open", "core/dispatch.go", "kernel.Close(int(d.fd))", "kernel.SocketError(int(d.fd))"},
	{"the end of the stream is reported for ever", "core/conn.go", "			c.SetWant(c.want &^ Readable)\n", ""},

	{"interest is not dropped after the queue is sent", "chat/send.go", " || c.mayTransmit())", " || true)"},
	{"CloseWhenDone closes before the queue is empty", "chat/send.go", "	if c.outputEmpty() && !c.backlogged() &&", "	if (c.outputEmpty() || c.state == draining) && !c.backlogged() &&"},
	{"a short write is not waited for", "chat/outlet.go", "	if n < offered {\n		o.flags |= blocked\n	}\n", ""},
	{"input does not go on when the queue is low", "chat/send.go", "		c.flags &^= throttled\n		c.lookAgain()\n", "		c.flags &^= throttled\n"},
	{"input goes on while the queue is high", "chat/send.go", "		c.flags |= throttled\n", ""},
	{"ResumeReading does not look at what is held", "chat/channel.go", "		c.updateWant()\n		c.lookAgain()\n", "		c.updateWant()\n"},
	{"what is unread comes behind the rest", "chat/deliver.go", `			if x := c.extra; x != nil && len(x.unread) > 0 {
				buf, own = append(x.unread, buf...), true`, `			if x := c.extra; x != nil && len(x.unread) > 0 {
				buf, own = append(append([]byte(nil), buf...), x.unread...), true`},
	{"what is held stays in the buffer of all", "chat/deliver.go", "	case own && len(rest) > smallHeld:\n", "	case len(rest) > 0:\n"},
	{"giving way is for ever", "chat/deliver.go", "	c.conn.NextTurn()\n", ""},
	{"input is delivered after a close", "chat/deliver.go", "for left := c.settings.ElementsPerTurn; c.mayDeliver(); {", "for left := c.settings.ElementsPerTurn; c.state != closed && !c.has(waits); {"},
	{"the end of the input drops the queue", "chat/life.go", "	default:\n		c.drain(io.EOF)\n", "	default:\n		c.close(io.EOF)\n"},
	{"an unfinished element is a clean end", "chat/life.go", "		c.drain(io.ErrUnexpectedEOF)\n", "		c.drain(io.EOF)\n"},
	{"no lingering", "chat/life.go", "	if c.has(eof) || c.settings.Linger < 0 ||", "	if c.state == draining || c.settings.Linger < 0 ||"},
	{"lingering is for ever", "chat/life.go", "	c.startClock(lingerClock)\n}\n\n// Close closes", "}\n\n// Close closes"},
	{"a shutdown resets", "chat/shutdown.go", "	default:\n		c.drain(ErrShutdown)\n", "	default:\n		c.close(ErrShutdown)\n"},
	{"the clock of a stalled output does not start", "chat/clock.go", "c.stall = c.now() + limit", "c.stall = 0"},
	{"the clock of an idle channel does not start", "chat/clock.go", "	default:\n		k = idleClock\n	}\n	if k == idleClock", "	}\n	if k == idleClock"},
	{"work does not give the input back", "chat/work.go", "		c.worked()\n", ""},
	{"a worker is not freed", "chat/work.go", "		t.workers.Done()\n", ""},
	{"connections that have gone are counted", "chat/admission.go", "	a.conns--\n", ""},
	{"a conversation that panics does so twice", "chat/internal/coroutine/coroutine.go", "		co.panicked = nil\n", ""},

	{"an element gains time by each byte", "chat/clock.go", "k == elementClock && c.has(ended):", "k == elementClock && c.has(ended|came):"},
	{"the queue has no limit", "chat/send.go", "limit := c.settings.MaxOutput; limit > 0 &&", "limit := c.settings.MaxOutput; limit > 1<<40 &&"},
	{"the end of our direction overtakes the queue", "chat/life.go", "	c.flags |= writeClosed\n	c.seal()\n", "	c.flags |= writeClosed\n	c.seal()\n	c.conn.CloseWrite()\n"},
	{"TLS ends without a word", "chat/secureio.go", "		s.conn.CloseWrite() // an error", "		// an error"},
	{"what was held before the handshake is lost", "chat/secure.go", "	s.held = append(c.extra.unread, c.held...)\n", ""},
	{"the time of a turn is that of the first", "core/turn.go", "	l.now = l.clock()\n	l.stats.Turns++", "	l.stats.Turns++"},
	{"the loser of two attempts stays open", "core/dialing.go", "		a.Close()\n", "		_ = a\n"},
	{"connections that have gone count for the spread", "core/dispatch.go", "conns.Add(-1)", "conns.Add(0)"},
	{"every timer drifts", "core/timer.go", "next := when + int64(t.Every)", "next := now + int64(t.Every)"},
	{"a long delimiter that overlaps with itself is missed", "terminator/set.go", "s.nodes[c].fail = s.step(s.nodes[at].fail, s.nodes[c].b)",
		"s.nodes[c].fail = 0"},
	{"under TLS the end leaves what is held", "chat/receive.go", "		if c.flags&eof != before {\n", "		if c.flags&eof != before && false {\n"},
	{"the end overtakes what gave way", "chat/receive.go", "!c.has(eofTold|look)", "!c.has(eofTold)"},
}
