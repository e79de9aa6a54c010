package simkernel

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Faults sets which faults a kernel injects, and how often. All of them occur in operating systems
// and networks too, but less often. A float64 is a probability, from 0 to 1, for each call or each
// connection unless its comment says otherwise. The zero value injects nothing.
type Faults struct {
	// Reads, writes and accepts.
	Short     float64 // a read or write is shorter than possible
	Join      float64 // a read joins the data of several writes
	Again     float64 // EAGAIN, although the call could succeed
	Interrupt float64 // EINTR; a Wait ends early

	// Events.
	Late     float64 // of each event: it is reported later
	Reorder  float64 // of each Wait: events come in another order
	Spurious float64 // of each Wait: an event is reported without a cause
	// of each Wait: an event of a removed registration is reported, which the contract forbids
	Stale float64
	Blind float64 // of each Wait that may wait: it returns early, without events, as after EINTR
	Few   float64 // of each Wait: it returns only some of the ready events; the next Wait has the rest
	// of each event of a connection: HangUp and Failed are left out, and an event with only these is
	// lost
	Vague float64

	Oversleep time.Duration // a Wait that times out may end this much later

	// Connections.
	Refuse float64 // the connection is refused
	Slow   float64 // the connection is made some seconds late, as when a SYN is lost
	Abort  float64 // the connection is reset just before it is accepted
	// of each reset: earlier input can still be read, as on Linux; otherwise it is lost, as on Windows
	Keep  float64
	Break float64 // both ends are reset at some place in the stream
	// the largest delay of bytes; each direction of a connection has a constant delay
	Latency time.Duration
	Jitter  time.Duration // the largest additional delay, which varies; bytes keep their order
	// sockets buffer at most this many bytes, and at least an eighth of it; 0: the constant Window
	Window int

	// Descriptors.
	NoFiles float64 // of each call that opens a descriptor: for a while no descriptor is left
	NoWatch float64 // of each Add: no memory

	// Work in the background.
	Work   time.Duration // work takes up to this long; 0: it is done at once
	NoName float64       // of each Resolve of a name: it fails
}

// luck is what chance has done to a kernel, and will do.
type luck struct {
	Faults
	rand       *rand.Rand // nil: there are no faults
	eventQueue eventQueue
	running    *task  // of the scheduler
	moves      uint64 // what has happened: a system that turns without it spins
	names      map[string][]netip.Addr
	broken     map[netip.AddrPort]bool

	// While there is no descriptor left.
	shortUntil int64
	shortAt    int // how many are open
	shortErr   syscall.Errno
}

func (k *Kernel) chance() *luck {
	if k.luck == nil {
		k.luck = &luck{}
	}
	return k.luck
}

// Inject makes the kernel inject faults from now on, with random numbers from r. It may be called
// again, to change the faults; Inject(r, Faults{}) ends all faults, except for data that is already
// on its way. Connections that were made before have neither latency nor Break. Datagrams have no
// faults.
func (k *Kernel) Inject(r *rand.Rand, f Faults) {
	l := k.chance()
	l.rand, l.Faults = r, f
	l.shortUntil = 0
}

// AddName adds a name for Resolve.
func (k *Kernel) AddName(name string, addrs ...netip.Addr) {
	l := k.chance()
	if l.names == nil {
		l.names = make(map[string][]netip.Addr)
	}
	l.names[name] = addrs
}

// Broken reports whether a fault, not a peer, has reset the connection with this address at one of
// its ends.
func (k *Kernel) Broken(end net.Addr) bool { return k.luck != nil && k.luck.broken[addrPort(end)] }

// Breaks returns the number of connections that were reset by faults.
func (k *Kernel) Breaks() int {
	if k.luck == nil {
		return 0
	}
	return len(k.luck.broken) / 2
}

func (l *luck) noteBroken(s *socket) {
	if l.broken == nil {
		l.broken = make(map[netip.AddrPort]bool)
	}
	l.broken[addrPort(s.local)] = true
	l.broken[addrPort(s.remote)] = true
}

// roll reports whether what has the probability p comes true.
func (l *luck) roll(p float64) bool {
	return l != nil && p > 0 && l.rand != nil && l.rand.Float64() < p
}

// upTo returns a time of at most d.
func (l *luck) upTo(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return l.rand.Int64N(int64(d) + 1)
}

// some returns a number from 1 to n, small ones more often.
func (l *luck) some(n int) int {
	if n <= 1 {
		return n
	}
	return 1 + l.rand.IntN(1+l.rand.IntN(n))
}

// refuseIO returns the error of a call that is to be made again.
func (k *Kernel) refuseIO(op string, fd int) error {
	l := k.luck
	if l == nil || l.rand == nil {
		return nil
	}
	var err error
	switch {
	case l.roll(l.Interrupt):
		err = syscall.EINTR
	case l.roll(l.Again):
		err = syscall.EAGAIN
	default:
		return nil
	}
	k.log(op, fd, -1, err)
	return err
}

// shorten returns how much of n bytes one call moves.
func (l *luck) shorten(n int) int {
	if n > 1 && l != nil && l.roll(l.Short) {
		return l.some(n - 1)
	}
	return n
}

const noFilesFor = 3 * time.Second

// fileError returns the error of a call that opens a descriptor, while there is none.
func (k *Kernel) fileError() error {
	if k.MaxFiles > 0 && k.open >= k.MaxFiles {
		return syscall.EMFILE
	}
	l := k.luck
	if l == nil || l.rand == nil {
		return nil
	}
	now := k.nanos()
	if now >= l.shortUntil && l.roll(l.NoFiles) {
		l.shortUntil, l.shortAt, l.shortErr = now+l.upTo(noFilesFor), k.open, syscall.EMFILE
		if l.rand.IntN(2) == 0 {
			l.shortErr = syscall.ENFILE
		}
		k.log("no-files", k.open, int(l.shortUntil-now), nil)
	}
	if now < l.shortUntil && k.open >= l.shortAt {
		return l.shortErr
	}
	return nil
}

// Background runs work on the goroutine of the kernel: at once, or, with Faults.Work, when the
// clock has moved on.
func (k *Kernel) Background(work func()) {
	if l := k.luck; l != nil && l.rand != nil && l.Work > 0 {
		k.After(time.Duration(l.upTo(l.Work)), work)
		return
	}
	work()
}

// moved tells that something has happened.
func (k *Kernel) moved() {
	if k.luck != nil {
		k.luck.moves++
	}
}

// resolve knows what AddName has told, and fails now and then. It returns neither addresses nor an
// error for what others know.
func (l *luck) resolve(network, address string) ([]net.Addr, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil, nil
	}
	if l.roll(l.NoName) {
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
	}
	var addrs []net.Addr
	for _, ip := range l.names[host] {
		addr, err := parseAddr(network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs, nil
}
