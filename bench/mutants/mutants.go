package main

import "slices"

// A mutant is a small fault: in file, old becomes new.
type mutant struct {
	name     string
	file     string
	old, new string
}

var mutants = slices.Concat(ways, fastPaths, planted, own)

// ways are faults of what every program uses.
var ways = []mutant{
	{"a partial write forgets the rest", "fifo/drain.go",
		"	f.consume(sent)\n	return sent, offered, err",
		"	f.consume(offered)\n	return sent, offered, err"},
	{"a partial write of a few lines forgets the rest", "fifo/peek.go", "		f.head.advance(n)\n",
		"		f.head.data = nil\n"},
	{"an append to a closing queue", "fifo/append.go", "t.chunk == nil || f.closing || len(p)",
		"t.chunk == nil || len(p)"},
	{"an element is given to Messages whole that has begun before", "chat/messages.go",
		"	if len(m.data) > 0 || m.drops() {\n		return nil", "	if false {\n		return nil"},
	{"Messages takes the rest of an element for a whole one", "terminator/whole.go",
		"	if m.got > 0 {\n		return 0, 0",
		"	if false {\n		return 0, 0"},
	{"a greeting takes the clock of the first element as it is", "chat/settle.go",
		" ||\n		c.progress.has(firstElement) && !c.awaitsFirst()", ""},
	{"what a server holds is not counted down", "chat/settle.go", "		c.holding > 0 || ", "		"},
	{"what is left behind a long drain waits for ever", "chat/settle.go",
		"!c.queue.Empty() || c.partial() ||",
		"c.partial() ||"},
	{"a place that panics closes the listener", "core/place.go",
		`	defer ln.loop.logPanic("NewPlace", h)
`, ""},
	{"what is due after a read is not done", "chat/endpoint.go",
		"	if settles {\n		c.settle()\n",
		"	if settles {\n		c.account()\n"},
	{"what is behind a producer overtakes it", "fifo/drain.go",
		`		if n.producer != nil && n.err != io.EOF {
			break
		}`, ""},
	{"a producer is not closed at its end", "fifo/fifo.go",
		"	if producer != nil {\n		Discard(producer, cause)\n	}", "	_ = producer"},
	{"a producer that was not ready is never asked again", "fifo/fifo.go",
		"func (f *FIFO) Resume() { f.waiting = false }", "func (f *FIFO) Resume() {}"},
	{"the queue keeps what belongs to the caller", "chat/push.go", "	c.queue.Keep()\n", ""},
	{"low water is never reached", "fifo/marks.go", "f.size <= int(f.lowMark)", "f.size < 0"},

	{"a delimiter is missed where a read cuts it", "terminator/matcher.go",
		"len(buf)-prefixAtEnd(buf, delim), 0, 0, 0)", "len(buf), 0, 0, 0)"},
	{"a length forgets what earlier reads brought", "terminator/matcher.go", `	m.got += int64(len(buf))
	return len(buf), 0, false`, "	return len(buf), 0, false"},
	{"a held prefix is lost at the end of the input", "terminator/matcher.go",
		"func (m *Matcher) EOF() { m.eof = true }", "func (m *Matcher) EOF() {}"},
	{"a skipped line takes the next one with it", "terminator/matcher.go",
		"			m.got = 0\n			m.dropped()\n", "			m.got = 0\n"},
	{"an element as long as its limit is too long", "terminator/matcher.go",
		"m.max > 0 && !m.dropping && m.got+int64(content) > m.max",
		"m.max > 0 && !m.dropping && m.got+int64(content) >= m.max"},

	{"EINTR of a read is an error", "core/conn.go", "		case err == syscall.EINTR:\n",
		"		case false:\n"},
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
	{"EINTR of a gathered write is an error", "core/conn.go",
		`		n, err := c.loop.kernel.Writev(int(c.fd), v)
		if err == syscall.EINTR {`, `		n, err := c.loop.kernel.Writev(int(c.fd), v)
		if false {`},
	{"EAGAIN of a write is an error", "core/conn.go", `	if kernel.WouldBlock(err) {
		return 0, nil
	}
	return 0, c.opError("write", err)`, `	return 0, c.opError("write", err)`},
	{"an event is not looked at again after a close", "core/dispatch.go",
		"d.want&Writable != 0 && !d.Closed()", "d.want&Writable != 0"},
	{"an old event hits the next owner of the place", "core/internal/heap/slots.go",
		"generation + 1, nextFree", "generation, nextFree"},
	{"a timer that is stopped fires", "core/internal/heap/timers.go",
		"	ts.heap.remove(int(t.place - 1))\n	return true", "	return true"},
	{"a timer that was put off fires at its old time", "core/internal/heap/timers.go",
		"h[0].seq != h[0].t.seq {", "h[0].seq != h[0].t.seq && h[0].key > h[0].t.when {"},
	{"deadlines do not end a wait", "core/timer.go", " && (!ok || l.deadlines",
		" && ok && (!ok || l.deadlines"},
	{"a deadline that was put off is forgotten", "core/deadline.go",
		`		case d.deadline > now: // put off
			d.arm(d.deadline)`, `		case d.deadline > now: // put off
			d.armed = 0`},
	{"a post is lost when the loop is going to sleep", "core/turn.go", "l.sleeping = *timeout != 0",
		"l.sleeping = false"},
	{"posted functions run in another order", "core/post.go", "for i, f := range batch {",
		"for i := len(batch) - 1; i >= 0; i-- {\n		f := batch[i]"},
	{"accept ends after ECONNABORTED", "core/accept.go", "		case isOfOneConnection(err):\n",
		"		case isOfOneConnection(err):\n			ln.CloseWith(ln.acceptError(err))\n			return\n"},
	{"ECONNABORTED is not of one connection", "core/accept.go",
		"case syscall.ECONNABORTED, syscall.ECONNRESET,", "case syscall.ECONNRESET,"},
	{"accept does not resume after EMFILE", "core/accept.go",
		"ln.After(pause, func() { ln.release(resting) })", "ln.After(pause, func() {})"},
	{"accept does not rest at EMFILE", "core/accept.go", "	ln.hold(resting)\n", ""},
	{"a deferred call is made once only", "core/dispatch.go", "		d.flags &^= deferred\n", ""},
	{"the next turn is forgotten if asked for in an event", "core/dispatch.go",
		`	for _, d := range l.nextTurn {
		d.flags &^= nextTurn
	}
`, ""},
	{"a false event makes a connection", "core/dialing.go", "err == syscall.ENOTCONN {",
		"false && err == syscall.ENOTCONN {"},
	{"only the first address is tried", "core/dialing.go", "	if next := d.next(); next != nil {",
		"	if next := err; next != nil {"},
	{"the descriptor of a closed connection stays open", "core/dispatch.go", "kernel.Close(int(d.fd))",
		"kernel.SocketError(int(d.fd))"},
	{"the end of the stream is reported for ever", "core/conn.go",
		"			c.SetWant(c.want &^ Readable)\n", ""},

	{"interest is not dropped after the queue is sent", "chat/want.go",
		" || c.mayTransmit()\n",
		" || true\n"},
	{"CloseWhenDone closes before the queue is empty", "chat/settle.go",
		"c.life.phase < lingering && c.outputEmpty() &&",
		"c.life.phase < lingering && (c.outputEmpty() || c.life.drains()) &&"},
	{"a short write is not waited for", "chat/flush.go", "	if n < offered {\n", "	if false {\n"},
	{"input does not go on when the queue is low", "chat/flush.go",
		"	} else if c.setHold(holdOutput, false) {\n		c.scheduleRescan()\n",
		"	} else if c.setHold(holdOutput, false) {\n"},
	{"input goes on while the queue is high", "chat/flush.go", "		c.setHold(holdOutput, true)\n", ""},
	{"ResumeReading does not look at what is held", "chat/input.go",
		"	if c.setHold(h, false) {\n		c.scheduleRescan()\n",
		"	if c.setHold(h, false) {\n		c.deferSettle()\n"},
	{"what is unread comes behind the rest", "chat/deliver.go",
		"append(c.takeUnread(), buf...), true",
		"append(append([]byte(nil), buf...), c.takeUnread()...), true"},
	{"what is held stays in the buffer of all", "chat/deliver.go",
		"	case owned && (len(rest) > smallHeld || cap(rest) <= 2*smallHeld):\n",
		"	case len(rest) > 0:\n"},
	{"giving way is for ever", "chat/deliver.go", "	c.conn.NextTurn()\n", ""},
	{"input is delivered after a close", "chat/input.go",
		"return c.life.delivers() && ",
		"return c.life.phase == open && "},
	{"the end of the input drops the queue", "chat/end.go",
		"	default:\n		c.stopSoon(io.EOF)\n",
		"	default:\n		c.close(io.EOF)\n"},
	{"an unfinished element is a clean end", "chat/end.go",
		"		c.stopSoon(io.ErrUnexpectedEOF)\n",
		"		c.stopSoon(io.EOF)\n"},
	{"no lingering", "chat/end.go", "	if c.settings.Linger < 0 ||", "	if c.life.drains() ||"},
	{"lingering is for ever", "chat/end.go", "	c.startClock(lingerClock)\n", ""},
	{"a shutdown resets", "chat/shutdown.go",
		"	default:\n		c.stopSoon(ErrShutdown)\n",
		"	default:\n		c.close(ErrShutdown)\n"},
	{"the clock of a stalled output does not start", "chat/clock.go",
		"c.extension().stall = c.now() + limit", "c.extension()"},
	{"the clock of an idle channel does not start", "chat/timing.go",
		"		t.idle.start(s.now, s.idleLimit)\n", ""},
	{"work does not give the input back", "chat/work.go", "		c.workDone()\n", ""},
	{"a worker is not freed", "chat/errand.go", "		pool.Done()\n", ""},
	{"connections that have gone are counted", "chat/admission.go", "	a.conns--\n", ""},
	{"a conversation that panics does so twice", "chat/internal/coroutine/coroutine.go",
		"		co.panicked = nil\n", ""},

	{"an element saves up time", "chat/timing.go",
		"min(w.at+time.Duration(n)*time.Second/time.Duration(rate), now+limit)",
		"w.at+time.Duration(n)*time.Second/time.Duration(rate)"},
	{"a pause gives the time anew", "chat/timing.go",
		"w.at = max(w.at-now, 1)", "w.at = time.Minute / 2"},
	{"what brings no element makes a channel less idle", "chat/timing.go",
		"if s.ended || s.sent || t.idle", "if s.kind != t.kind || s.ended || s.sent || t.idle"},
	{"a clock closes whom nobody has heard", "chat/ring.go",
		"		c.hear(func() bool { return c.isLate(now) })\n", ""},
	{"a wait that was cut short is a look", "core/turn.go", "			n, err = l.poll(0)\n", ""},
	{"a full batch is a look", "core/turn.go",
		"	if n < len(l.events) {", "	if n <= len(l.events) {"},
	{"the peer pays for a loop that is held up", "core/turn.go",
		"l.held += max(0, d-int64(hiccup))", "l.held += 0"},
	{"the queue has no limit", "chat/push.go",
		"limit := c.settings.MaxOutput; limit > 0 &&",
		"limit := c.settings.MaxOutput; limit > 1<<40 &&"},
	{"the end of our direction overtakes the queue", "chat/end.go",
		"	if c.life.closeWrite() == actSeal {\n		c.seal()\n",
		"	if c.life.closeWrite() == actSeal {\n		c.seal()\n		c.conn.CloseWrite()\n"},
	{"TLS ends before the answer of work", "chat/end.go",
		"c.life.out >= outSealed && !c.ext", "c.life.ends() && !c.ext"},
	{"TLS ends without a word", "chat/tls_io.go",
		"		s.conn.CloseWrite()\n", ""},
	{"what was held before the handshake is lost", "chat/tls.go",
		"	in = append(append(in, c.takeUnread()...), c.unconsumed...)\n", ""},
	{"the time of a turn is that of the first", "core/turn.go",
		"	l.now = l.clock()\n	if l.awaiter", "	if l.awaiter"},
	{"the loser of two attempts stays open", "core/dialing.go", "		a.Close()\n", "		_ = a\n"},
	{"connections that have gone count for the spread", "core/dispatch.go",
		"conns.Add(-1)", "conns.Add(0)"},
	{"every timer drifts", "core/timer.go", "next := when + int64(t.Every)",
		"next := now + int64(t.Every)"},
	{"a long delimiter that overlaps with itself is missed", "terminator/set.go",
		"s.nodes[c].fail = s.step(s.nodes[at].fail, s.nodes[c].b)",
		"s.nodes[c].fail = 0"},
	{"under TLS the end leaves what is held", "chat/receive.go",
		"		if c.life.in != before {\n",
		"		if c.life.in != before && false {\n"},
	{"the end overtakes what gave way", "chat/receive.go",
		"	if c.life.in == inEnded && !c.inputHas(rescan) && c.mayDeliver() {",
		"	if c.life.in == inEnded && c.mayDeliver() {"},
}
