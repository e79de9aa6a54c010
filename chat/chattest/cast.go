package chattest

import "fmt"

// A cast is the peers of a dialogue: that of the channel under test, and those that dial to it or
// listen for it.
type cast struct {
	c         *Conn
	peers     [maxPeers]*Peer
	listeners [maxPeers]*PeerListener
	closed    [maxPeers]bool
}

func newCast(c *Conn) *cast { return &cast{c: c, peers: [maxPeers]*Peer{c.Peer}} }

// act makes a peer do what the steps say. The error is that of a line.
func (a *cast) act(block int, actions []step, how way) (line int, err error) {
	if len(actions) == 0 {
		return 0, nil
	}
	s := actions[0]
	switch s.verb {
	case passes:
		a.c.Advance(s.d)
		return 0, nil
	case dials, listens:
		return s.line, a.join(s)
	}
	p := a.peers[s.peer]
	if p == nil {
		return s.line, fmt.Errorf("there is no peer %d yet", s.peer+1)
	}
	switch s.verb {
	case sends:
		for _, piece := range how.cut(block, actions) {
			p.SendString(piece)
		}
	case ends:
		p.CloseWrite()
	case resets:
		p.Reset()
	case fails:
		p.FailWrites()
	case stalls:
		p.Stall()
	case unstalls:
		p.Unstall()
	case drains:
		p.Drain()
	case accepts:
		p.Accept(s.n)
	}
	return 0, nil
}

// join makes a peer dial or listen. One that was there before is forgotten.
func (a *cast) join(s step) error {
	if s.peer == 0 {
		return fmt.Errorf("the first peer is connected: %s2", s.verb)
	}
	if l := a.listeners[s.peer]; l != nil {
		l.Close()
	}
	a.peers[s.peer], a.listeners[s.peer], a.closed[s.peer] = nil, nil, false
	if s.verb == dials {
		a.peers[s.peer] = a.c.DialTo("tcp", s.text)
	} else {
		a.listeners[s.peer] = a.c.Listen("tcp", s.text)
	}
	return nil
}

// look returns what each peer has seen since the last time. A peer that sees the end closes too, as
// a client does.
func (a *cast) look() (seen [maxPeers]sight) {
	for i, l := range a.listeners {
		if l != nil && a.peers[i] == nil {
			a.peers[i] = l.Accept()
		}
	}
	for a.close(&seen) {
	}
	for i, p := range a.peers {
		if p != nil {
			seen[i].received = string(p.Received())
		}
	}
	return seen
}

// close closes the peers that see the end, and reports whether there was one.
func (a *cast) close(seen *[maxPeers]sight) (any bool) {
	for i, p := range a.peers {
		if p != nil && p.Closed() && !p.broken && !a.closed[i] {
			seen[i].closed, a.closed[i], any = true, true, true
			p.CloseWrite()
		}
	}
	return any
}
