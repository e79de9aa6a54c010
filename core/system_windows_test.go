package core_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// B30: no child inherits what the kernel hands out, whatever it was made of.
func TestHandleFlags(t *testing.T) {
	k, err := core.System("")
	require.NoError(t, err)
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	near, err := k.Connect("tcp", nil, addr)
	require.NoError(t, err)
	w := newWorld(t, k)
	w.arrive(ln)
	far, _, err := k.Accept(ln)
	require.NoError(t, err)
	original, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	adopted, err := k.Adopt(original)
	require.NoError(t, err)
	original.Close()
	for what, fd := range map[string]int{"Adopt": adopted, "Listen": ln, "Connect": near,
		"Accept": far} {
		defer k.Close(fd)
		var flags uint32
		r, _, err := procGetHandleInformation.Call(uintptr(fd), uintptr(unsafe.Pointer(&flags)))
		if r == 0 || flags&windows.HANDLE_FLAG_INHERIT != 0 {
			t.Errorf("%s: flags %#x, %v, want no inheritance", what, flags, err)
		}
		if on, err := k.Option(fd, core.NoDelay); what != "Listen" && (on != 1 || err != nil) {
			t.Errorf("%s: NoDelay is %d, %v, want on", what, on, err)
		}
		if n, err := k.Read(fd, make([]byte, 1)); what != "Listen" && err != syscall.EAGAIN {
			t.Errorf("%s: Read = %d, %v, want EAGAIN", what, n, err)
		}
	}
}

// What cannot be polled, or is not built, is refused in so many words.
func TestNotOnWindows(t *testing.T) {
	k, err := core.System("")
	require.NoError(t, err)
	path := filepath.Join(os.TempDir(), "asynchat-socket")
	for _, network := range []string{"unix", "unixgram"} {
		addr := &net.UnixAddr{Name: path, Net: network}
		if fd, _, err := k.Listen(core.ListenConfig{}, network,
			path); !errors.Is(err, core.ErrUnsupported) {
			t.Errorf("Listen(%s) = %d, _, %v, want ErrUnsupported", network, fd, err)
		}
		if fd, err := k.Connect(network, nil, addr); !errors.Is(err, core.ErrUnsupported) {
			t.Errorf("Connect(%s) = %d, %v, want ErrUnsupported", network, fd, err)
		}
	}
	in, out, err := os.Pipe()
	require.NoError(t, err)
	defer in.Close()
	defer out.Close()
	if fd, err := k.Adopt(in); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("Adopt(pipe) = %d, %v, want ErrUnsupported", fd, err)
	}
	if fd, _, err := k.Listen(core.ListenConfig{ReusePort: true}, "tcp",
		"127.0.0.1:0"); !errors.Is(err, syscall.ENOPROTOOPT) {
		t.Errorf("Listen with ReusePort = %d, _, %v, want ENOPROTOOPT", fd, err)
	}
	p, err := k.OpenPoller()
	require.NoError(t, err)
	defer p.Close()
	if err := p.Add(int(in.Fd()), 1, core.Readable); err != syscall.EBADF {
		t.Errorf("Add(pipe) = %v, want EBADF", err)
	}
}

// The system writes to the memory of a request until that is answered, however the watch, the
// descriptor or the poller ended meanwhile, and whenever memory is collected.
func TestRequestMemory(t *testing.T) {
	w := newWorld(t, mustSystem(t))
	k, random := w.k.Kernel, rand.New(rand.NewPCG(1, 2))
	for range 3 {
		p, err := k.OpenPoller()
		require.NoError(t, err)
		var near, far [40]int // more than one file of the driver has room for
		for i := range near {
			near[i], far[i] = w.descriptors()
			require.NoError(t, p.Add(near[i], uint64(i), core.Ready(random.IntN(4))))
		}
		var events [64]kernel.Event
		for range 100 {
			i := random.IntN(len(near))
			switch random.IntN(6) {
			case 0:
				require.NoError(t, p.Modify(near[i], uint64(i), core.Ready(random.IntN(8))))
			case 1:
				require.NoError(t, p.Remove(near[i]))
				k.Close(near[i])
				near[i], far[i] = w.replaced(far[i])
				require.NoError(t, p.Add(near[i], uint64(i), core.Readable))
			case 2:
				k.Write(far[i], []byte("x"))
			case 3:
				runtime.GC()
			default:
				_, err := p.Wait(events[:], 0)
				require.NoError(t, err)
			}
		}
		require.NoError(t, p.Close())
		runtime.GC()
		for i := range near {
			k.Write(far[i], []byte("x"))
			k.Close(near[i])
			k.Close(far[i])
		}
	}
}

// replaced returns a new pair for one whose near end was closed.
func (w *world) replaced(far int) (int, int) {
	w.k.Kernel.Close(far)
	return w.descriptors()
}

func mustSystem(t *testing.T) core.Kernel {
	k, err := core.System("")
	require.NoError(t, err)
	return k
}

var procGetHandleInformation = windows.NewLazySystemDLL("kernel32.dll").
	NewProc("GetHandleInformation")

// handles returns about how many are open, which Wine does not count. Their numbers are multiples
// of 4, and used again: a hundred new ones fill the gaps.
func handles(t *testing.T) (highest int) {
	for range 100 {
		h, err := windows.CreateEvent(nil, 0, 0, nil)
		require.NoError(t, err)
		defer windows.CloseHandle(h)
		highest = max(highest, int(h)/4)
	}
	return highest
}

// B30: nothing is left open by loops, listeners, connections and pollers that were closed.
func TestNoHandleIsLeft(t *testing.T) {
	round := func() {
		l, err := core.New()
		require.NoError(t, err)
		defer l.Close()
		accepted := 0
		ln, err := core.Listen(l, "tcp", "127.0.0.1:0", &handler{accepted: func(c *core.Conn) {
			accepted++
			c.Close()
		}})
		require.NoError(t, err)
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		adopted, err := core.Adopt(l, c)
		require.NoError(t, err)
		require.NoError(t, adopted.Attach(&handler{}, core.Readable))
		for end := time.Now().Add(patience); accepted == 0 && time.Now().Before(end); {
			l.Poll(10 * time.Millisecond)
		}
		if _, err := c.Read(make([]byte, 1)); accepted != 1 || err != io.EOF {
			t.Errorf("accepted %d, then Read: %v, want 1, EOF", accepted, err)
		}
	}
	for range 5 {
		round() // the runtime opens handles of its own
	}
	before := handles(t)
	const rounds = 50
	for range rounds {
		round()
	}
	if after := handles(t); after > before+rounds/2 {
		t.Errorf("%d handles before %d rounds, %d after them", before, rounds, after)
	}
}

// cpu returns the processor time that this process has used.
func cpu(t *testing.T) time.Duration {
	var created, ended, kernel, user windows.Filetime
	require.NoError(t, windows.GetProcessTimes(windows.CurrentProcess(), &created, &ended, &kernel,
		&user))
	ticks := func(f windows.Filetime) time.Duration {
		return time.Duration(f.HighDateTime)<<32 | time.Duration(f.LowDateTime)
	}
	return 100 * (ticks(kernel) + ticks(user))
}

// The end that the peer has made does not keep a Wait busy that is for room, or for nothing.
// WSAPoll would return at once, each time.
func TestHalfClosedWaitIsIdle(t *testing.T) {
	w := newWorld(t, mustSystem(t))
	k := w.k.Kernel
	for _, want := range []core.Ready{0, core.Writable} {
		near, far := w.descriptors()
		defer k.Close(near)
		defer k.Close(far)
		p, err := k.OpenPoller()
		require.NoError(t, err)
		defer p.Close()
		require.NoError(t, p.Add(near, 7, core.Writable))
		var events [4]kernel.Event
		for n := 1; n > 0; {
			for _, err = k.Write(near, make([]byte, 64<<10)); err == nil; _, err = k.Write(near,
				make([]byte, 64<<10)) {
			}
			n, err = p.Wait(events[:], 50*time.Millisecond)
			require.NoError(t, err)
		}
		require.NoError(t, k.CloseWrite(far))
		w.arrive(near)
		require.NoError(t, p.Modify(near, 7, want))
		start, before := time.Now(), cpu(t)
		const timeout = 500 * time.Millisecond
		if n, err := p.Wait(events[:], timeout); n != 0 || err != nil {
			t.Errorf("want %05b: Wait = %+v, %v, want nothing", want, events[:n], err)
		}
		if took, used := time.Since(start), cpu(t)-before; took < timeout || used > timeout/10 {
			t.Errorf("want %05b: Wait took %v and used %v of the processor, want %v and nearly nothing",
				want, took, used, timeout)
		}
	}
}

// A request that is replaced costs no memory.
func TestModifyAllocs(t *testing.T) {
	w := newWorld(t, mustSystem(t))
	near, far := w.descriptors()
	w.own(near)
	w.own(far)
	p, err := w.k.Kernel.OpenPoller()
	require.NoError(t, err)
	defer p.Close()
	require.NoError(t, p.Add(near, 7, 0))
	var events [4]kernel.Event
	checkAllocs(t, "Modify and Wait", func() {
		for _, want := range []core.Ready{core.Readable, core.Priority} {
			p.Modify(near, 7, want)
			p.Wait(events[:], 0)
		}
	})
}

// S77: out-of-band data is told as Priority.
func TestOutOfBandOnWindows(t *testing.T) {
	w := newWorld(t, mustSystem(t))
	near, far := w.descriptors()
	w.own(near)
	w.own(far)
	c, p := w.k.Kernel, mustPoller(w)
	require.NoError(t, p.Add(near, 7, core.Readable|core.Priority))
	data, sent := []byte("!"), uint32(0)
	buf := windows.WSABuf{Len: 1, Buf: &data[0]}
	require.NoError(t, windows.WSASend(windows.Handle(far), &buf, 1, &sent, windows.MSG_OOB, nil, nil))
	var events [4]kernel.Event
	n, err := p.Wait(events[:], patience)
	if n != 1 || err != nil || events[0] != (kernel.Event{Token: 7, Ready: core.Priority}) {
		t.Errorf("Wait = %+v, %v, want Priority", events[:n], err)
	}
	if n, err := c.Read(near, make([]byte, 1)); err != syscall.EAGAIN {
		t.Errorf("Read = %d, %v, want EAGAIN", n, err)
	}
}

func mustPoller(w *world) core.Poller {
	p, err := w.k.Kernel.OpenPoller()
	require.NoError(w, err)
	w.Cleanup(func() { p.Close() })
	return p
}
