package core

import "sync"

// ends says how far a connection has come to its end.
type ends uint8

const (
	endOfRead  ends = 1 << iota // CloseRead was called
	endOfWrite                  // CloseWrite was called
	aborted                     // a poller has seen that the peer has reset it
	errorTold                   // it was told that the connection has failed
)

// endings keeps what Windows does not: for a poller, which directions were ended on this side, since the driver reports the end that
// the peer has made, and only that; for SocketError, whether an error was told. It also keeps every open poller, whose memory the system
// writes to, from being collected.
var endings = endingTable{sockets: make(map[int]ends), pollers: make(map[*afd]bool)}

type endingTable struct {
	mu      sync.Mutex
	sockets map[int]ends // only those that have any
	pollers map[*afd]bool
}

func (t *endingTable) of(fd int) ends {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sockets[fd]
}

func (t *endingTable) note(fd int, e ends) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sockets[fd] |= e
}

// add notes the end of a direction, and tells the pollers.
func (t *endingTable) add(fd int, e ends) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sockets[fd] |= e
	for p := range t.pollers {
		p.ended[fd] = true
		p.anyEnded.Store(true)
	}
}

func (t *endingTable) forget(fd int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sockets, fd)
}

func (t *endingTable) opened(p *afd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pollers[p] = true
}

func (t *endingTable) closed(p *afd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pollers, p)
}

// news calls f for each socket of which the poller has not been told yet.
func (t *endingTable) news(p *afd, f func(fd int, e ends)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.anyEnded.Store(false)
	for fd := range p.ended {
		f(fd, t.sockets[fd])
	}
	clear(p.ended)
}
