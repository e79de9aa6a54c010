package poll

import "sync"

// Ends says how far a connection has come to its end.
type Ends uint8

// How far a connection has come.
const (
	EndOfRead  Ends = 1 << iota // CloseRead was called
	EndOfWrite                  // CloseWrite was called
	Aborted                     // a poller has seen that the peer has reset it
	ErrorTold                   // it was told that the connection has failed
)

// Endings keeps state that Windows does not report. A poller needs the directions that were ended
// on this side, since the driver reports only the end of the peer. SocketError needs to know
// whether an error was returned already. It also keeps every open poller, whose memory the system
// writes to, from being collected.
var Endings = EndingTable{sockets: make(map[int]Ends), pollers: make(map[*afd]bool)}

// An EndingTable is what Endings is.
type EndingTable struct {
	mu      sync.Mutex
	sockets map[int]Ends // only those that have any
	pollers map[*afd]bool
}

// Of returns what is known of a socket.
func (t *EndingTable) Of(fd int) Ends {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sockets[fd]
}

// Note adds to what is known of a socket.
func (t *EndingTable) Note(fd int, e Ends) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sockets[fd] |= e
}

// Add notes the end of a direction, and tells the pollers.
func (t *EndingTable) Add(fd int, e Ends) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sockets[fd] |= e
	for p := range t.pollers {
		p.ended[fd] = true
		p.anyEnded.Store(true)
	}
}

// Forget is called before a socket is closed.
func (t *EndingTable) Forget(fd int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sockets, fd)
}

func (t *EndingTable) opened(p *afd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pollers[p] = true
}

func (t *EndingTable) closed(p *afd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pollers, p)
}

// news calls f for each socket of which the poller has not been told yet.
func (t *EndingTable) news(p *afd, f func(fd int, e Ends)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.anyEnded.Store(false)
	for fd := range p.ended {
		f(fd, t.sockets[fd])
	}
	clear(p.ended)
}
