package core_test

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// openPoller opens the poller of a kernel of the system.
func openPoller(name string) (core.Poller, error) {
	k, err := core.System(name)
	if err != nil {
		return nil, err
	}
	return k.OpenPoller()
}

func TestUnknownPoller(t *testing.T) {
	const name = "carrier pigeon"
	if l, err := core.New(core.WithPoller(name)); !errors.Is(err, core.ErrUnsupported) ||
		!errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("New = %v, %v, want ErrUnsupported", l, err)
	}
	if k, err := core.System(name); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("System = %v, %v, want ErrUnsupported", k, err)
	}
}

// The environment chooses for those who name no poller, and only for them. A name that is not known
// is told with its origin.
func TestPollerOfTheEnvironment(t *testing.T) {
	for _, name := range core.Pollers() {
		t.Setenv("ASYNCHAT_POLLER", name)
		for _, named := range core.Pollers() {
			p, err := openPoller(named)
			require.NoError(t, err)
			if p.Name() != named {
				t.Errorf("openPoller(%q) with %q in the environment is %q", named, name, p.Name())
			}
			p.Close()
		}
		k, err := core.System("")
		require.NoError(t, err)
		p, err := k.OpenPoller()
		require.NoError(t, err)
		if p.Name() != name {
			t.Errorf("System opens %q, want %q", p.Name(), name)
		}
		p.Close()
	}
	t.Setenv("ASYNCHAT_POLLER", "carrier pigeon")
	_, err := core.New()
	if !errors.Is(err, core.ErrUnsupported) {
		t.Fatalf("New: %v, want ErrUnsupported", err)
	}
	for _, part := range append([]string{`"carrier pigeon"`, "ASYNCHAT_POLLER"}, core.Pollers()...) {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("New: %v, want %s in it", err, part)
		}
	}
}

func TestPollerNames(t *testing.T) {
	for i, name := range append([]string{""}, core.Pollers()...) {
		p, err := openPoller(name)
		if len(core.Pollers()) == 0 {
			if !errors.Is(err, core.ErrUnsupported) {
				t.Errorf("openPoller(%q): %v, want ErrUnsupported", name, err)
			}
			continue
		}
		require.NoError(t, err)
		want := core.Pollers()[max(0, i-1)]
		if chosen := os.Getenv("ASYNCHAT_POLLER"); i == 0 && chosen != "" {
			want = chosen
		}
		if p.Name() != want {
			t.Errorf("openPoller(%q).Name() = %q, want %q", name, p.Name(), want)
		}
		p.Close()
		l, err := core.New(core.WithPoller(name))
		require.NoError(t, err)
		if l.Logger() != slog.Default() {
			t.Error("Logger() is not slog.Default() by default")
		}
		l.Close()
	}
}

func TestNewFails(t *testing.T) {
	k := newSpy(simkernel.New())
	k.fault = failing("OpenPoller", 1, syscall.EMFILE)
	if l, err := core.New(core.WithKernel(k)); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("New = %v, %v, want EMFILE", l, err)
	}
}

// If the poller does not take a descriptor, the dispatcher is closed, and its handler is told.
func TestPollerRefuses(t *testing.T) {
	w := simulated(t)
	near, far := w.descriptors()
	w.own(far)
	w.k.fault = failing("Add", 1, syscall.ENOSPC)
	d, err := core.NewDispatcher(w.l, near, w.noting("a"), core.Readable)
	var op *net.OpError
	if d != nil || !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &op) {
		t.Errorf("NewDispatcher = %v, %v, want ENOSPC in a *net.OpError", d, err)
	}
	w.turn()
	w.check("a closed " + err.Error())

	c, _ := w.watched(w.noting("b"), core.Readable)
	w.k.fault = failing("Modify", 1, syscall.ENOMEM)
	c.SetWant(core.Writable)
	if !c.Closed() {
		t.Error("the dispatcher is open, and not watched")
	}
	w.turn()
	if len(w.did) != 1 {
		t.Errorf("what happened: %q, want the close", w.did)
	}
}
