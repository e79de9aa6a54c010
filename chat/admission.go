package chat

import (
	"net/netip"
	"sync"

	"github.com/go-asynchat/asynchat/chat/internal/holders"
)

// The defaults of a server: connections in all and of one address, and the bytes held for all of
// them.
const (
	defaultMaxConns           = 100_000
	defaultMaxConnsPerAddress = 1000
	defaultMaxTotalBuffered   = 1 << 30
)

// admission counts the connections and the memory of a server.
type admission struct {
	maxConns, maxPerAddress int
	held                    *holders.Total
	warned                  warned

	mu        sync.Mutex
	conns     int
	waiting   []func() // of listeners, for when there is room again
	refused   int      // those that hear a last word
	addresses map[netip.Addr]int
}

func newAdmission(s *Server) *admission {
	a := &admission{maxConns: s.MaxConns, maxPerAddress: s.MaxConnsPerAddress}
	orDefault(&a.maxConns, defaultMaxConns)
	orDefault(&a.maxPerAddress, defaultMaxConnsPerAddress)
	maxBuffered := s.MaxTotalBuffered
	orDefault(&maxBuffered, defaultMaxTotalBuffered)
	a.held = holders.NewTotal(maxBuffered)
	return a
}

// enter counts a connection, and reports whether there was room for it.
func (a *admission) enter() bool {
	return a.enterOrWait(nil)
}

// enterOrWait is enter for a connection that is still to be accepted. If there is no room, again is
// called when there may be.
func (a *admission) enterOrWait(again func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.maxConns < 0 || a.conns < a.maxConns {
		a.conns++
		return true
	}
	if again != nil {
		a.waiting = append(a.waiting, again)
	}
	return false
}

// leave is called once for each connection that was let in.
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conns--
	for i, again := range a.waiting {
		a.waiting[i] = nil
		again()
	}
	a.waiting = a.waiting[:0]
}

// Reserve counts a connection before it is accepted, if the server waits at MaxConns.
func (v *serving) Reserve(again func()) bool {
	return !v.server.WaitAtMaxConns || v.admission.enterOrWait(again)
}

func (v *serving) Unreserve() {
	if v.server.WaitAtMaxConns {
		v.admission.leave()
	}
}

// enterFrom counts an address, and reports whether it may have one connection more.
func (a *admission) enterFrom(peer netip.AddrPort) bool {
	key := network(peer)
	if !key.IsValid() || a.maxPerAddress < 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.addresses[key] >= a.maxPerAddress {
		return false
	}
	if a.addresses == nil {
		a.addresses = make(map[netip.Addr]int)
	}
	a.addresses[key]++
	return true
}

// leaveFrom is called once for each connection whose address was counted.
func (a *admission) leaveFrom(peer netip.AddrPort) {
	key := network(peer)
	a.mu.Lock()
	defer a.mu.Unlock()
	if n, ok := a.addresses[key]; ok && n > 1 {
		a.addresses[key] = n - 1
	} else {
		delete(a.addresses, key)
	}
}

// network returns what the connections of an address are counted under; the zero value for those
// that are not counted.
func network(peer netip.AddrPort) netip.Addr {
	if ip := networkOf(peer); !ip.IsLoopback() {
		return ip
	}
	return netip.Addr{}
}
