package kerneltest

import (
	"slices"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// options has the values that each option takes, the last of them one that does no harm.
var options = []struct {
	o        core.SocketOption
	networks []string // that have it; nil: all
	values   []int
}{
	{core.NoDelay, []string{"tcp"}, []int{0, 1}},
	{core.KeepAlive, []string{"tcp"}, []int{1, 0}},
	{core.KeepAliveIdle, []string{"tcp"}, []int{45}},
	{core.KeepAliveInterval, []string{"tcp"}, []int{7}},
	{core.KeepAliveCount, []string{"tcp"}, []int{3}},
	{core.Linger, []string{"tcp"}, []int{0, 3, -1}},
	{core.ReceiveBuffer, nil, []int{16 << 10, 64 << 10}},
	{core.SendBuffer, nil, []int{16 << 10, 64 << 10}},
	{core.TypeOfService, []string{"tcp", "udp"}, []int{0x10, 0}},
	{core.Broadcast, []string{"udp"}, []int{1, 0}},
	{core.MulticastTTL, []string{"udp"}, []int{0, 255, 1}},
	{core.MulticastLoop, []string{"udp"}, []int{0, 1}},
}

// checkOptions sets each option that a socket of the network has, and gets it; the others are
// ENOPROTOOPT.
func (e *env) checkOptions(fd int) {
	e.Helper()
	for _, tt := range options {
		_, err := e.k.Option(fd, tt.o)
		mayLack := tt.o == core.KeepAliveIdle || tt.o == core.KeepAliveInterval ||
			tt.o == core.KeepAliveCount
		if tt.networks != nil && !slices.Contains(tt.networks, e.network) ||
			mayLack && err == syscall.ENOPROTOOPT {
			if err != syscall.ENOPROTOOPT {
				e.Errorf("Option(%v): %v, want ENOPROTOOPT", tt.o, err)
			}
			if err := e.k.SetOption(fd, tt.o, tt.values[0]); err != syscall.ENOPROTOOPT {
				e.Errorf("SetOption(%v): %v, want ENOPROTOOPT", tt.o, err)
			}
			continue
		}
		for _, value := range tt.values {
			if err := e.k.SetOption(fd, tt.o, value); err != nil {
				e.Errorf("SetOption(%v, %d): %v", tt.o, value, err)
			}
			got, err := e.k.Option(fd, tt.o)
			rounded := (tt.o == core.ReceiveBuffer || tt.o == core.SendBuffer) && got >= value
			if err != nil || got != value && !rounded {
				e.Errorf("after SetOption(%v, %d): %d, %v", tt.o, value, got, err)
			}
		}
	}
}

func testOptions(e *env) {
	a, b := e.pair()
	e.checkOptions(a)
	e.checkOptions(b)
	e.write(a, "x")
	e.expect(b, "x")
}

func testListenerOptions(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	e.checkOptions(ln)
	e.own(e.connect(addr))
	e.own(e.accept(ln))
}

// What a socket sends is not held back for what may follow, neither end's.
func testNoDelay(e *env) {
	a, b := e.pair()
	for _, fd := range []int{a, b} {
		if got, err := e.k.Option(fd, core.NoDelay); got != 1 || err != nil {
			e.Errorf("NoDelay is %d, %v, want on", got, err)
		}
	}
}

func testOptionErrors(e *env) {
	a, _ := e.pair()
	const unknown = core.SocketOption(200)
	if err := e.k.SetOption(a, unknown, 1); err != syscall.ENOPROTOOPT {
		e.Errorf("SetOption of an unknown option: %v, want ENOPROTOOPT", err)
	}
	if _, err := e.k.Option(a, unknown); err != syscall.ENOPROTOOPT {
		e.Errorf("Option of an unknown option: %v, want ENOPROTOOPT", err)
	}
	for _, o := range []core.SocketOption{core.NoDelay, core.ReceiveBuffer, core.Linger} {
		if err := e.k.SetOption(-1, o, 1); err != syscall.EBADF {
			e.Errorf("SetOption(%v) of no descriptor: %v, want EBADF", o, err)
		}
		if _, err := e.k.Option(-1, o); err != syscall.EBADF {
			e.Errorf("Option(%v) of no descriptor: %v, want EBADF", o, err)
		}
	}
}

// With Linger 0 a close is a reset. Without it, it is an orderly end.
func testLingerZero(e *env) {
	for _, linger := range []int{-1, 0} {
		a, b := e.openPair()
		e.own(b)
		if err := e.k.SetOption(a, core.Linger, linger); err != nil {
			e.Fatalf("SetOption(Linger, %d): %v", linger, err)
		}
		e.add(b, 7, core.Readable)
		e.close(a)
		got := e.await(7, core.Readable)
		_, err := e.k.Read(b, make([]byte, 1))
		if linger < 0 && (err != nil || got&kernel.Failed != 0) {
			e.Errorf("after an orderly close: Ready = %05b, Read: %v", got, err)
		}
		if linger == 0 && (err != syscall.ECONNRESET || got&kernel.Failed == 0 && !e.vague) {
			e.Errorf("after a close with Linger 0: Ready = %05b, Read: %v, want Failed, ECONNRESET", got,
				err)
		}
		e.remove(b)
	}
}

// However small the buffer, even nothing, all comes through it.
func testReceiveBuffer(e *env) {
	for _, size := range []int{0, 1 << 10, 1 << 20} {
		a, b := e.pair()
		if err := e.k.SetOption(b, core.ReceiveBuffer, size); err != nil {
			e.Fatalf("SetOption(ReceiveBuffer, %d): %v", size, err)
		}
		if got, err := e.k.Option(b, core.ReceiveBuffer); got < max(size, 1) || err != nil {
			e.Errorf("ReceiveBuffer is %d, %v after %d was set", got, err, size)
		}
		want := pattern(1 << 10)
		sent, got := 0, 0
		buf := make([]byte, len(want))
		e.retry("a transfer through a small buffer", func() error {
			if sent < len(want) {
				if n, err := e.k.Write(a, want[sent:]); err == nil {
					sent += n
				} else if err != syscall.EAGAIN {
					return err
				}
			}
			n, err := e.k.Read(b, buf[got:])
			if got += n; err == nil && got < len(want) {
				return syscall.EAGAIN
			}
			return err
		})
		if string(buf) != string(want) {
			e.Errorf("through a buffer of %d came other bytes than were sent", size)
		}
	}
}
