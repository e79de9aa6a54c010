package coroutine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
	"github.com/go-asynchat/asynchat/core"
)

func TestResumeAndPark(t *testing.T) {
	var co *coroutine.Coroutine
	said := ""
	co = coroutine.New(func() {
		for _, s := range []string{"a", "b"} {
			said += s
			if !co.Running() || !co.Park() {
				t.Error("the body does not run, or was canceled")
			}
		}
	})
	for i, want := range []string{"a", "ab", "ab"} {
		if ended := co.Resume(); said != want || ended != (i == 2) || co.Running() {
			t.Errorf("resumed %d times, it has said %q and ended is %t", i+1, said, ended)
		}
	}
}

func TestCancel(t *testing.T) {
	var co *coroutine.Coroutine
	parked, ended := false, false
	co = coroutine.New(func() {
		defer func() { ended = true }()
		parked = co.Park()
		parked = co.Park() || parked // whoever parks again is told again
	})
	co.Resume()
	co.Cancel()
	if parked || !ended {
		t.Errorf("Park reported %t, the body has ended is %t; want false, true", parked, ended)
	}
	coroutine.New(func() { t.Error("it was canceled before it began") }).Cancel()
}

// A panic of the body is the caller's, once, with the stack of the body.
func TestPanic(t *testing.T) {
	boom := errors.New("boom")
	var co *coroutine.Coroutine
	for name, call := range map[string]func(){
		"Resume": func() { co.Resume() },
		"Cancel": func() { co.Cancel() },
	} {
		co = coroutine.New(func() {
			co.Park()
			panicsHere(boom)
		})
		co.Resume()
		p, ok := catch(call).(*core.PanicError)
		if !ok || !errors.Is(p, boom) || !strings.Contains(string(p.Stack), "panicsHere") {
			t.Errorf("%s panics with %v, want boom and where it was", name, p)
		}
		if v := catch(co.Cancel); v != nil {
			t.Errorf("%s: the same panic comes twice: %v", name, v)
		}
		inner := coroutine.New(func() { panic(p) })
		if v := catch(func() { inner.Resume() }); v != any(p) {
			t.Errorf("%s: a PanicError becomes %v", name, v)
		}
	}
}

func panicsHere(v any) { panic(v) }

func catch(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}
