package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

func files(t *testing.T, dir ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir...))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// E17: a new folder outlives a crash of the machine if its name, and each on the way to it, is on
// the disk.
func TestFoldersAreSynced(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b", "Maildir")
	want := []string{dir, filepath.Join(top, "a", "b"), filepath.Join(top, "a"), top}
	if got := foldersToSync(dir); !slices.Equal(got, want) {
		t.Errorf("to be synced are %q, want %q", got, want)
	}
	_, err := openMaildir(dir, "host")
	require.NoError(t, err)
	if got := foldersToSync(dir + "/"); !slices.Equal(got, []string{dir + "/", want[1]}) {
		t.Errorf("of one that is there: %q", got)
	}
}

// First the content is on the disk, then the name, then the client is told.
func TestDurableBeforeAccepted(t *testing.T) {
	s := newTestSite(t)
	c, _ := connect(t, s)
	c.SendString(begin + "DATA\r\n")
	c.Received()
	var steps []string
	s.mail.sync = func(f *os.File) error {
		info, err := f.Stat()
		require.NoError(t, err)
		switch name := filepath.Base(filepath.Dir(f.Name())); {
		case info.IsDir() && filepath.Base(f.Name()) == "new" && len(files(t, f.Name())) == 1:
			steps = append(steps, "name")
		case name == "tmp" && info.Size() == 7 && len(files(t, s.mail.dir, "new")) == 0:
			steps = append(steps, "content")
		default:
			t.Errorf("sync of %s, of %d bytes", f.Name(), info.Size())
		}
		if got := c.Received(); got != nil {
			t.Errorf("received %q before the disk has %q", got, steps)
		}
		return nil
	}
	c.SendString("hello\r\n.\r\n")
	if want := []string{"content", "name"}; !slices.Equal(steps, want) {
		t.Errorf("synced %q, want %q", steps, want)
	}
	expectReceived(t, c, accepted)
	expectMails(t, s, "hello\r\n")
}

// What could not be stored is not accepted, leaves nothing behind, and does not end the session.
func TestStoreFails(t *testing.T) {
	const message = "MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nhello\r\n.\r\n"
	const cannot, full = "451 4.3.0 The message cannot be stored\r\n", "452 4.3.1 The disk is full\r\n"
	failOn := func(what string, err error) func(*site) func() {
		return func(s *site) func() {
			s.mail.sync = func(f *os.File) error {
				if what == filepath.Base(f.Name()) || what == filepath.Base(filepath.Dir(f.Name())) {
					return &fs.PathError{Op: "sync", Path: f.Name(), Err: err}
				}
				return nil
			}
			return func() { s.mail.sync = func(*os.File) error { return nil } }
		}
	}
	without := func(folder string) func(*site) func() {
		return func(s *site) func() {
			name := filepath.Join(s.mail.dir, folder)
			require.NoError(t, os.Rename(name, name+".away"))
			return func() { require.NoError(t, os.Rename(name+".away", name)) }
		}
	}
	for name, tt := range map[string]struct {
		harm   func(*site) (repair func())
		answer string
	}{
		"tmp is missing":   {without("tmp"), cannot},
		"new is missing":   {without("new"), cannot},
		"content":          {failOn("tmp", syscall.EIO), cannot},
		"name":             {failOn("new", syscall.EIO), cannot},
		"the disk is full": {failOn("tmp", syscall.ENOSPC), full},
	} {
		s := newTestSite(t)
		c, _ := connect(t, s)
		c.SendString("HELO me\r\n")
		repair := tt.harm(s)
		c.Received()
		c.SendString(message)
		if got := string(c.Received()); !strings.HasSuffix(got, go354+tt.answer) {
			t.Errorf("%s: received %q", name, got)
		}
		repair()
		if got := append(files(t, s.mail.dir, "tmp"), files(t, s.mail.dir, "new")...); len(got) > 0 {
			t.Errorf("%s: %q was left behind", name, got)
		}
		c.SendString(message)
		if got := string(c.Received()); !strings.HasSuffix(got, go354+accepted) {
			t.Errorf("%s: when all is well again: received %q", name, got)
		}
		expectMails(t, s, "hello\r\n")
	}
}

// A message that is given up leaves nothing behind, whoever gave it up, and whether a worker was at
// it or not.
func TestGivenUp(t *testing.T) {
	for name, end := range map[string]func(*chattest.Conn){
		"reset":    (*chattest.Conn).Reset,
		"end":      (*chattest.Conn).CloseWrite,
		"too slow": func(c *chattest.Conn) { c.Advance(time.Hour) },
		"too large": func(c *chattest.Conn) {
			c.SendString(strings.Repeat("x", 1<<20) + "\r\n.\r\n")
		},
		"bare": func(c *chattest.Conn) { c.SendString("\n\r\n.\r\n") },
		"meanwhile": func(c *chattest.Conn) {
			c.HoldWork()
			c.SendString(strings.Repeat("y", 1<<16))
			c.Reset()
		},
		"much too large":      func(c *chattest.Conn) { c.SendString(strings.Repeat("x", 2<<20)) },
		"closed by ourselves": func(c *chattest.Conn) { c.Do(func() { c.Channel().Close() }) },
	} {
		s := newTestSite(t)
		s.maxSize = 1 << 20
		c, h := connect(t, s)
		c.SendString(begin + "DATA\r\n" + strings.Repeat("x", 100_000))
		if n := len(files(t, s.mail.dir, "tmp")); n != 1 {
			t.Fatalf("%s: %d files in tmp, want 1", name, n)
		}
		end(c)
		for c.FinishWork() {
		}
		if h.message != nil {
			t.Errorf("%s: the session still has the message", name)
		}
		tick := time.NewTicker(time.Millisecond)
		for begin := time.Now(); len(files(t, s.mail.dir, "tmp")) > 0 &&
			time.Since(begin) < 2*time.Minute; <-tick.C {
		}
		tick.Stop()
		if got := files(t, s.mail.dir, "tmp"); len(got) > 0 {
			t.Errorf("%s: %q was left behind", name, got)
		}
		expectMails(t, s)
	}
}

// What a crash has left in tmp is removed in the end, but not what may be somebody's who is still
// writing.
func TestClear(t *testing.T) {
	dir := t.TempDir()
	_, err := openMaildir(dir, "mail.example")
	require.NoError(t, err)
	for _, name := range []string{"tmp/old", "tmp/young", "new/old", "cur/old"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	past := time.Now().Add(-37 * time.Hour)
	for _, name := range []string{"tmp/old", "new/old", "cur/old"} {
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), past, past))
	}
	_, err = openMaildir(dir, "mail.example")
	require.NoError(t, err)
	got := slices.Concat(files(t, dir, "tmp"), files(t, dir, "new"), files(t, dir, "cur"))
	if !slices.Equal(got, []string{"young", "old", "old"}) {
		t.Errorf("left are %q", got)
	}
	if _, err := openMaildir(filepath.Join(dir, "new", "old"), "mail.example"); !errors.Is(err,
		syscall.ENOTDIR) && err == nil {
		t.Error("a Maildir within a file")
	}
}

// Names are those of a Maildir: no colon or slash in them, and never twice.
func TestNames(t *testing.T) {
	m, err := openMaildir(t.TempDir(), "a/b:c")
	require.NoError(t, err)
	seen := map[string]bool{}
	for range 10_000 {
		name := m.newName()
		if seen[name] || strings.ContainsAny(name, "/:") || strings.HasPrefix(name, ".") ||
			!strings.HasSuffix(name, `.a\057b\072c`) {
			t.Fatalf("the name is %q", name)
		}
		seen[name] = true
	}
}
