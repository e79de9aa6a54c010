package core_test

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A spy counts the calls of a kernel and its pollers, and makes those fail for which fault returns
// an error. What the tests do themselves goes to the kernel behind it.
type spy struct {
	core.Kernel
	calls      map[string]int
	fault      func(call string) error
	resolve    func(address string) ([]net.Addr, error)
	token      uint64 // of the last Add
	background func(work func())
	stale      []kernel.Event // reported by the next Wait
	wait       func()         // called at each Wait
	signal     func()         // interrupts the next Wait that waits
	mine       map[int]bool   // descriptors that the test closes
}

func newSpy(k core.Kernel) *spy {
	return &spy{Kernel: k, calls: make(map[string]int), mine: make(map[int]bool)}
}

func (s *spy) enter(call string) error {
	s.calls[call]++
	if s.fault == nil {
		return nil
	}
	return s.fault(call)
}

// total returns how many calls were made, and forgets them.
func (s *spy) total(of ...string) (n int) {
	if len(of) == 0 {
		for call := range s.calls {
			of = append(of, call)
		}
	}
	for _, call := range of {
		n += s.calls[call]
	}
	clear(s.calls)
	return n
}

// failing returns a fault that strikes the next n calls of the named kind.
func failing(call string, n int, err error) func(string) error {
	return func(c string) error {
		if c != call || n == 0 {
			return nil
		}
		n--
		return err
	}
}

func (s *spy) Read(fd int, p []byte) (int, error) {
	if err := s.enter("Read"); err != nil {
		return 0, err
	}
	return s.Kernel.Read(fd, p)
}

func (s *spy) Write(fd int, p []byte) (int, error) {
	if err := s.enter("Write"); err != nil {
		return 0, err
	}
	return s.Kernel.Write(fd, p)
}

func (s *spy) Writev(fd int, v [][]byte) (int, error) {
	if err := s.enter("Writev"); err != nil {
		return 0, err
	}
	return s.Kernel.Writev(fd, v)
}

func (s *spy) Accept(fd int) (int, netip.AddrPort, error) {
	if err := s.enter("Accept"); err != nil {
		return -1, netip.AddrPort{}, err
	}
	return s.Kernel.Accept(fd)
}

func (s *spy) Connect(network string, local, remote net.Addr) (int, error) {
	if err := s.enter("Connect"); err != nil {
		return -1, err
	}
	return s.Kernel.Connect(network, local, remote)
}

func (s *spy) Resolve(ctx context.Context, network, address string) ([]net.Addr, error) {
	if s.resolve != nil {
		return s.resolve(address)
	}
	return s.Kernel.Resolve(ctx, network, address)
}

func (s *spy) Background(work func()) {
	if s.background != nil {
		s.background(work)
		return
	}
	s.Kernel.Background(work)
}

func (s *spy) SocketError(fd int) error {
	if err := s.enter("SocketError"); err != nil {
		return err
	}
	return s.Kernel.SocketError(fd)
}

func (s *spy) Control(fd int, f func(uintptr)) error {
	if k, ok := s.Kernel.(kernel.Controller); ok {
		return k.Control(fd, f)
	}
	return core.ErrUnsupported
}

func (s *spy) Close(fd int) error {
	s.enter("Close")
	return s.Kernel.Close(fd)
}

func (s *spy) OpenPoller() (core.Poller, error) {
	if err := s.enter("OpenPoller"); err != nil {
		return nil, err
	}
	p, err := s.Kernel.OpenPoller()
	if err != nil {
		return nil, err
	}
	return &spyPoller{p, s}, nil
}

type spyPoller struct {
	core.Poller
	s *spy
}

func (p *spyPoller) Add(fd int, token uint64, want core.Ready) error {
	if err := p.s.enter("Add"); err != nil {
		return err
	}
	p.s.token = token
	return p.Poller.Add(fd, token, want)
}

func (p *spyPoller) Modify(fd int, token uint64, want core.Ready) error {
	if err := p.s.enter("Modify"); err != nil {
		return err
	}
	return p.Poller.Modify(fd, token, want)
}

func (p *spyPoller) Remove(fd int) error {
	p.s.enter("Remove")
	return p.Poller.Remove(fd)
}

func (p *spyPoller) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	if p.s.wait != nil {
		p.s.wait()
	}
	if err := p.s.enter("Wait"); err != nil {
		return 0, err
	}
	if f := p.s.signal; f != nil && timeout != 0 {
		p.s.signal = nil
		f()
		return 0, nil
	}
	if n := copy(events, p.s.stale); n > 0 {
		p.s.stale = p.s.stale[n:]
		return n, nil
	}
	return p.Poller.Wait(events, timeout)
}
