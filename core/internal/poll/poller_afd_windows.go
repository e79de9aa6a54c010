package poll

import (
	"math"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// afd is the Poller on the driver behind Winsock. It is not WSAPoll, which reports the end that the
// peer has made whether that is wanted or not: for a connection that was half closed, and still has
// output to send, each WSAPoll returns at once. Here what is not wanted is not asked for. A Wait
// costs O(ready).
//
// Each watch has one request at the driver. One that has been answered is asked again by the next
// Wait, which makes levels of it: the driver answers at once what is so already. The port hands out
// the answers in their order, so none waits for ever.
type afd struct {
	port    windows.Handle
	files   []windows.Handle // of the driver
	room    int              // watches for which the last file has room
	index   map[int]*watch   // by descriptor
	toAsk   []*watch         // those without a request that fits
	free    []*watch
	all     []*watch // also those that only the system knows
	asked   int      // requests that were not answered
	answers []completion
	awake   atomic.Bool // a wake is at the port

	ended    map[int]bool // sockets of which endings has news; belongs to its lock
	anyEnded atomic.Bool
}

// maxPerFile bounds the requests through one file of the driver: to cancel one, the system looks
// through all of them.
const maxPerFile = 32

func newAFD() (kernel.Poller, error) {
	if err := sys.StartWinsock(); err != nil {
		return nil, kernel.OpError("open", "WSAStartup", "afd", nil, err)
	}
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, 1)
	if err != nil {
		return nil, kernel.OpError("open", "CreateIoCompletionPort", "afd", nil, err)
	}
	p := &afd{port: port, index: make(map[int]*watch), ended: make(map[int]bool)}
	if err := p.openFile(); err != nil {
		windows.CloseHandle(port)
		return nil, kernel.OpError("open", "NtCreateFile", "afd", nil, err)
	}
	Endings.opened(p)
	return p, nil
}

func (p *afd) openFile() error {
	h, err := openAFD(p.port)
	if err == nil {
		p.files = append(p.files, h)
		p.room = maxPerFile - 1
	}
	return err
}

func (p *afd) Name() string { return "afd" }

func (p *afd) Add(fd int, token uint64, want kernel.Ready) error {
	if p.index[fd] != nil {
		return syscall.EEXIST
	}
	kind, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, sys.SoType)
	if err != nil {
		return sys.WinsockError(err)
	}
	w := p.newWatch()
	*w = watch{afd: w.afd, fd: fd, base: baseSocket(fd), token: token, want: want,
		ends: Endings.Of(fd)}
	if kind != windows.SOCK_STREAM {
		w.flags = noStream
	}
	p.index[fd] = w
	p.ask(w)
	return nil
}

// newWatch returns one that is not used. It stays with its file.
func (p *afd) newWatch() *watch {
	if n := len(p.free); n > 0 {
		w := p.free[n-1]
		p.free = p.free[:n-1]
		return w
	}
	if p.room--; p.room < 0 {
		p.openFile() // where that fails, the last one has to do
	}
	w := &watch{afd: p.files[len(p.files)-1]}
	p.all = append(p.all, w)
	return w
}

func (p *afd) Modify(fd int, token uint64, want kernel.Ready) error {
	w := p.index[fd]
	if w == nil {
		return syscall.ENOENT
	}
	w.token, w.want = token, want
	p.ask(w)
	return nil
}

func (p *afd) Remove(fd int) error {
	w := p.index[fd]
	if w == nil {
		return syscall.ENOENT
	}
	delete(p.index, fd)
	p.drop(w)
	return nil
}

// maxVain is how often a Wait that is not to wait asks again because of answers that tell nothing.
// What is asked next takes account of them, so there should be no two of a kind; but no driver may
// hold the loop.
const maxVain = 4

func (p *afd) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	if len(p.answers) < len(events) {
		p.answers = make([]completion, len(events))
	}
	var end time.Time
	if timeout > 0 {
		end = time.Now().Add(timeout)
	}
	for vain := 0; ; {
		if err := p.askAll(); err != nil {
			return 0, kernel.OpError("wait", "NtDeviceIoControlFile", "afd", nil, err)
		}
		n, err := completions(p.port, p.answers[:len(events)], milliseconds(timeout))
		if err != nil {
			return 0, kernel.OpError("wait", "GetQueuedCompletionStatusEx", "afd", nil, err)
		}
		stored, woken, empty := p.take(p.answers[:n], events)
		if stored > 0 || woken {
			return stored, nil
		}
		// What came was of the past, or the system's clock is a little behind.
		if timeout > 0 {
			timeout = max(0, time.Until(end))
		}
		if empty > 0 {
			vain++
		}
		if timeout == 0 && (n == 0 || vain >= maxVain) {
			return 0, nil
		}
	}
}

// take stores in events what the answers say, and counts those that say nothing. There is room for
// all of them.
func (p *afd) take(
	answers []completion, events []kernel.Event,
) (stored int, woken bool, empty int) {
	for i := range answers {
		w := answers[i].watch
		answers[i].watch = nil
		if w == nil {
			p.awake.Store(false)
			woken = true
			continue
		}
		p.asked--
		w.flags &^= asking
		if w.flags&removed != 0 {
			p.recycle(w)
			continue
		}
		if r := w.ready(); r != 0 {
			events[stored] = kernel.Event{Token: w.token, Ready: r}
			stored++
		} else {
			empty++
		}
		p.ask(w)
	}
	return stored, woken, empty
}

func (p *afd) Wake() error {
	if !p.awake.CompareAndSwap(false, true) {
		return nil
	}
	return post(p.port, nil)
}

// Close takes back all requests, and waits until the system has let go of their memory.
func (p *afd) Close() error {
	for _, w := range p.index {
		p.drop(w)
	}
	clear(p.index)
	var answers [64]completion
	for p.asked > 0 {
		n, err := completions(p.port, answers[:], 1000)
		if err != nil || n == 0 {
			// leaked: it stays with endings
			return kernel.OpError("close", "GetQueuedCompletionStatusEx", "afd", nil, syscall.ETIMEDOUT)
		}
		p.take(answers[:n], nil)
	}
	for _, h := range p.files {
		windows.CloseHandle(h)
	}
	Endings.closed(p)
	return windows.CloseHandle(p.port)
}

// milliseconds rounds up, so that a Wait does not end before its time and spin until it comes.
func milliseconds(d time.Duration) uint32 {
	if d < 0 {
		return math.MaxUint32
	}
	if d > math.MaxInt32*time.Millisecond {
		return math.MaxInt32
	}
	return uint32((d + time.Millisecond - 1) / time.Millisecond)
}
