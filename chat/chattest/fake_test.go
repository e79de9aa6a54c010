package chattest_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// A fake is a testing.TB that fails without failing the test, to see what the kit finds.
type fake struct {
	testing.TB
	log     strings.Builder
	failed  bool
	skipped bool
	cleanup []func()
}

// judge runs f with a fake on a goroutine of its own, which Fatalf ends, and returns what it was
// told.
func judge(t *testing.T, f func(tb testing.TB)) *fake {
	t.Helper()
	tb := &fake{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := range tb.cleanup {
				tb.cleanup[len(tb.cleanup)-1-i]()
			}
		}()
		f(tb)
	}()
	<-done
	return tb
}

// expectFailure says that f must fail, and that what it says contains every one of words.
func expectFailure(t *testing.T, what string, f func(tb testing.TB), words ...string) {
	t.Helper()
	tb := judge(t, f)
	if !tb.failed {
		t.Errorf("%s: the fault was not found", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(tb.log.String(), w) {
			t.Errorf("%s: the failure does not say %q:\n%s", what, w, tb.log.String())
		}
	}
}

func expectSuccess(t *testing.T, what string, f func(tb testing.TB)) {
	t.Helper()
	if tb := judge(t, f); tb.failed {
		t.Errorf("%s: there is no fault, but:\n%s", what, tb.log.String())
	}
}

func (f *fake) Helper()           {}
func (f *fake) Output() io.Writer { return io.Discard }
func (f *fake) Cleanup(c func())  { f.cleanup = append(f.cleanup, c) }
func (f *fake) Failed() bool      { return f.failed }

func (f *fake) Logf(format string, args ...any) { fmt.Fprintf(&f.log, format+"\n", args...) }

func (f *fake) Errorf(format string, args ...any) {
	f.failed = true
	f.Logf(format, args...)
}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fake) Skip(args ...any) {
	f.skipped = true
	runtime.Goexit()
}
