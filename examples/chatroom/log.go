package main

const (
	maxLog      = 4096    // events that are kept for who has missed them
	maxLogBytes = 1 << 20 // of all of them
	maxBatch    = 64 << 10
)

// An eventLog numbers the events of this process, from 1, and keeps the last of them.
type eventLog struct {
	head   uint64 // the number of the last
	size   int
	events []event
}

func (l *eventLog) add(e event) {
	l.head++
	l.events = append(l.events, e)
	l.size += cost(e)
	for len(l.events) > maxLog || l.size > maxLogBytes {
		l.size -= cost(l.events[0])
		l.events[0] = event{}
		l.events = l.events[1:]
	}
}

// from returns events in a row, beginning with this number; none if all are known. It reports false
// if that one is not kept any more, or has never been.
func (l *eventLog) from(number uint64) ([]event, bool) {
	first := l.head + 1 - uint64(len(l.events))
	if number < first || number > l.head+1 {
		return nil, false
	}
	events := l.events[number-first:]
	size := 0
	for i := range events {
		if size += cost(events[i]); size > maxBatch && i > 0 {
			return events[:i], true
		}
	}
	return events, true
}
