package kerneltest

import (
	"slices"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
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

// checkOptions sets each option that a socket of the network has, and gets it; the others are ENOPROTOOPT.
func (r *rig) checkOptions(fd int) {
	r.Helper()
	for _, tt := range options {
		_, err := r.k.Option(fd, tt.o)
		mayLack := tt.o == core.KeepAliveIdle || tt.o == core.KeepAliveInterval || tt.o == core.KeepAliveCount
		if tt.networks != nil && !slices.Contains(tt.networks, r.network) || mayLack && err == syscall.ENOPROTOOPT {
			if err != syscall.ENOPROTOOPT {
				r.Errorf("Option(%v): %v, want ENOPROTOOPT", tt.o, err)
			}
			if err := r.k.SetOption(fd, tt.o, tt.values[0]); err != syscall.ENOPROTOOPT {
				r.Errorf("SetOption(%v): %v, want ENOPROTOOPT", tt.o, err)
			}
			continue
		}
		for _, value := range tt.values {
			if err := r.k.SetOption(fd, tt.o, value); err != nil {
				r.Errorf("SetOption(%v, %d): %v", tt.o, value, err)
			}
			got, err := r.k.Option(fd, tt.o)
			rounded := (tt.o == core.ReceiveBuffer || tt.o == core.SendBuffer) && got >= value
			if err != nil || got != value && !rounded {
				r.Errorf("after SetOption(%v, %d): %d, %v", tt.o, value, got, err)
			}
		}
	}
}

func testOptions(r *rig) {
	a, b := r.pair()
	r.checkOptions(a)
	r.checkOptions(b)
	r.write(a, "x")
	r.expect(b, "x")
}

func testListenerOptions(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	r.checkOptions(ln)
	r.own(r.connect(addr))
	r.own(r.accept(ln))
}

// What a socket sends is not held back for what may follow, neither end's.
func testNoDelay(r *rig) {
	a, b := r.pair()
	for _, fd := range []int{a, b} {
		if got, err := r.k.Option(fd, core.NoDelay); got != 1 || err != nil {
			r.Errorf("NoDelay is %d, %v, want on", got, err)
		}
	}
}

func testOptionErrors(r *rig) {
	a, _ := r.pair()
	const unknown = core.SocketOption(200)
	if err := r.k.SetOption(a, unknown, 1); err != syscall.ENOPROTOOPT {
		r.Errorf("SetOption of an unknown option: %v, want ENOPROTOOPT", err)
	}
	if _, err := r.k.Option(a, unknown); err != syscall.ENOPROTOOPT {
		r.Errorf("Option of an unknown option: %v, want ENOPROTOOPT", err)
	}
	for _, o := range []core.SocketOption{core.NoDelay, core.ReceiveBuffer, core.Linger} {
		if err := r.k.SetOption(-1, o, 1); err != syscall.EBADF {
			r.Errorf("SetOption(%v) of no descriptor: %v, want EBADF", o, err)
		}
		if _, err := r.k.Option(-1, o); err != syscall.EBADF {
			r.Errorf("Option(%v) of no descriptor: %v, want EBADF", o, err)
		}
	}
}

// With Linger 0 a close is a reset. Without it, it is an orderly end.
func testLingerZero(r *rig) {
	for _, linger := range []int{-1, 0} {
		a, b := r.openPair()
		r.own(b)
		if err := r.k.SetOption(a, core.Linger, linger); err != nil {
			r.Fatalf("SetOption(Linger, %d): %v", linger, err)
		}
		r.add(b, 7, core.Readable)
		r.close(a)
		got := r.await(7, core.Readable)
		_, err := r.k.Read(b, make([]byte, 1))
		if linger < 0 && (err != nil || got&core.Failed != 0) {
			r.Errorf("after an orderly close: Ready = %05b, Read: %v", got, err)
		}
		if linger == 0 && (err != syscall.ECONNRESET || got&core.Failed == 0) {
			r.Errorf("after a close with Linger 0: Ready = %05b, Read: %v, want Failed, ECONNRESET", got, err)
		}
		r.remove(b)
	}
}

// However small the buffer, even nothing, all comes through it.
func testReceiveBuffer(r *rig) {
	for _, size := range []int{0, 1 << 10, 1 << 20} {
		a, b := r.pair()
		if err := r.k.SetOption(b, core.ReceiveBuffer, size); err != nil {
			r.Fatalf("SetOption(ReceiveBuffer, %d): %v", size, err)
		}
		if got, err := r.k.Option(b, core.ReceiveBuffer); got < max(size, 1) || err != nil {
			r.Errorf("ReceiveBuffer is %d, %v after %d was set", got, err, size)
		}
		want := pattern(1 << 10)
		sent, got := 0, 0
		buf := make([]byte, len(want))
		r.retry("a transfer through a small buffer", func() error {
			if sent < len(want) {
				if n, err := r.k.Write(a, want[sent:]); err == nil {
					sent += n
				} else if err != syscall.EAGAIN {
					return err
				}
			}
			n, err := r.k.Read(b, buf[got:])
			if got += n; err == nil && got < len(want) {
				return syscall.EAGAIN
			}
			return err
		})
		if string(buf) != string(want) {
			r.Errorf("through a buffer of %d came other bytes than were sent", size)
		}
	}
}
