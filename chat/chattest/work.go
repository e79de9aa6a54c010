package chattest

// The work of Channel.Go is done at once, within Go, so that a test need not wait for it. A test of
// what happens meanwhile holds it back.

// HoldWork makes the work of Channel.Go wait from now on, until FinishWork.
func (s *Side) HoldWork() { s.w.kernel.holding = true }

// FinishWork runs the work that has waited longest, and everything that follows from it. It returns
// false if no work waits.
func (s *Side) FinishWork() bool {
	s.w.tb.Helper()
	return s.w.finishWork()
}

// HoldWork makes the work of the server's channels wait from now on, until FinishWork.
func (l *Listener) HoldWork() { l.w.kernel.holding = true }

// FinishWork runs the work that has waited longest, of any channel, and everything that follows
// from it. It returns false if no work waits.
func (l *Listener) FinishWork() bool {
	l.w.tb.Helper()
	return l.w.finishWork()
}

func (w *world) finishWork() bool {
	w.tb.Helper()
	if !w.kernel.finishWork() {
		return false
	}
	w.run()
	return true
}

// Background runs work at once, or keeps it.
func (k *kernel) Background(work func()) {
	if k.holding {
		k.held = append(k.held, work)
	} else {
		k.Kernel.Background(work)
	}
}

func (k *kernel) finishWork() bool {
	if len(k.held) == 0 {
		return false
	}
	work := k.held[0]
	k.held = k.held[1:]
	work()
	return true
}
