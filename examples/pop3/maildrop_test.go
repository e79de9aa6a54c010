package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// What is marked goes at QUIT. However else the session ends, everything stays.
func TestDeleteAtQuit(t *testing.T) {
	for _, tt := range []struct {
		in   string
		end  func(c *chattest.Conn)
		left string
	}{
		{"DELE 1\r\nDELE 3\r\nQUIT\r\n", nil, "2"},
		{"DELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\n", nil, "13"},
		{"QUIT\r\n", nil, "123"},
		{"DELE 1\r\n", (*chattest.Conn).CloseWrite, "123"},
		{"DELE 1\r\nRETR 2\r\n", (*chattest.Conn).Reset, "123"},
		{"DELE 1\r\nQUIT", (*chattest.Conn).CloseWrite, "123"},
		{"DELE 1\r\n" + strings.Repeat("?\r\n", maxErrors), nil, "123"},
		{"DELE 1\r\n", func(c *chattest.Conn) { c.Advance(maxIdle) }, "123"},
	} {
		s := newTestSite(t)
		c := login(t, s)
		c.SendString(tt.in)
		if got := s.left(t); tt.end != nil && got != "123" {
			t.Errorf("%q: before the end there are %q", tt.in, got)
		}
		if tt.end != nil {
			tt.end(c)
		}
		if got := s.left(t); got != tt.left || !c.Closed() {
			t.Errorf("%q: left are %q, want %q; closed: %t", tt.in, got, tt.left, c.Closed())
		}
	}
}

const refusal = "+OK And the password?\r\n-ERR [IN-USE] Another session reads this mail\r\n"

// One session has the mail. However it ends, the next one can have it.
func TestLock(t *testing.T) {
	for name, end := range map[string]func(*chattest.Conn){
		"quit":  func(c *chattest.Conn) { c.SendString("QUIT\r\n") },
		"end":   (*chattest.Conn).CloseWrite,
		"reset": (*chattest.Conn).Reset,
	} {
		s := newTestSite(t)
		c, other := login(t, s), connect(t, s)
		other.SendString("USER kong\r\nPASS banana\r\n")
		expect(t, other, refusal)
		end(c)
		other.SendString("PASS banana\r\n")
		if got := string(other.Received()); got != "+OK 3 74\r\n" {
			t.Errorf("after %s: %q", name, got)
		}
	}
}

// The connection may break while the mail is being opened, or deleted: the lock is free afterwards,
// and not before.
func TestLockWhileWorking(t *testing.T) {
	free := func(s *site) bool {
		l, err := acquire(s.root, "pop3.lock")
		if err == nil {
			l.release()
		}
		return err == nil
	}
	for _, in := range []string{"USER kong\r\nPASS banana\r\n", "QUIT\r\n"} {
		for _, early := range []bool{true, false} { // before the work has begun, or afterwards
			s := newTestSite(t)
			c := connect(t, s)
			if in == "QUIT\r\n" {
				c.SendString("USER kong\r\nPASS banana\r\nDELE 1\r\n")
			}
			c.HoldWork()
			c.SendString(in)
			if early {
				c.Reset()
			}
			c.FinishWork()
			c.Reset()
			if !free(s) {
				t.Errorf("%q, broken early: %t: the lock is not free", in, early)
			}
		}
	}
	s := newTestSite(t)
	d, err := openMaildrop(s.root)
	require.NoError(t, err)
	d.removing = true
	if d.close(); free(s) {
		t.Error("the lock is free while messages are being deleted")
	}
	if err := d.remove(); err != nil || free(s) {
		t.Errorf("remove of what is closed: %v", err)
	}
	d.release()
}

// A message that another program has taken away is no reason to fail, nor is one that comes
// meanwhile.
func TestOtherPrograms(t *testing.T) {
	s := newTestSite(t)
	c := login(t, s)
	names, err := filepath.Glob(filepath.Join(s.root.Name(), "new", "*Q1*"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(names[0]))
	require.NoError(t,
		os.WriteFile(filepath.Join(s.root.Name(), "new", "1800000000.Q9"), []byte("x"), 0o600))
	c.SendString("RETR 1\r\nSTAT\r\nRETR 4\r\nDELE 1\r\nQUIT\r\n")
	expect(t, c, "-ERR Another program has moved or deleted this message\r\n+OK 3 74\r\n"+
		"-ERR There is no such message\r\n"+
		"+OK Message 1 goes when you say QUIT\r\n+OK Goodbye\r\n")
	c = connect(t, s)
	c.SendString("USER kong\r\nPASS banana\r\n")
	expect(t, c, "+OK And the password?\r\n+OK 3 38\r\n")
}

// A Maildir may have anything in it; only its files are mail, and nothing else is opened.
func TestOnlyFiles(t *testing.T) {
	s := newTestSite(t)
	dir := s.root.Name()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "..", "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "new", "folder"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new", ".hidden"), []byte("x"), 0o600))
	if err := os.Symlink("../../secret", filepath.Join(dir, "new", "1000000000.link")); err != nil {
		t.Log(err)
	}
	c := login(t, s) // which has three messages
	names, err := filepath.Glob(filepath.Join(dir, "new", "*Q1*"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(names[0]))
	if err := os.Symlink("../../secret", names[0]); err != nil {
		t.Skip(err)
	}
	c.SendString("RETR 1\r\n")
	expect(t, c, "-ERR [SYS/TEMP] The message cannot be read\r\n")
}

func TestNothingThere(t *testing.T) {
	s := newTestSite(t)
	for _, folder := range []string{"new", "cur"} {
		require.NoError(t, os.RemoveAll(filepath.Join(s.root.Name(), folder)))
	}
	c := connect(t, s)
	c.SendString("USER kong\r\nPASS banana\r\nLIST\r\nLIST 1\r\nQUIT\r\n")
	expect(t, c, "+OK And the password?\r\n+OK 0 0\r\n+OK 0 messages\r\n.\r\n"+
		"-ERR There is no such message\r\n+OK Goodbye\r\n")

	require.NoError(t, os.WriteFile(filepath.Join(s.root.Name(), "new"), nil, 0o600))
	c = connect(t, s)
	c.SendString("USER kong\r\nPASS banana\r\nSTAT\r\n")
	expect(t, c, "+OK And the password?\r\n-ERR [SYS/TEMP] The mail cannot be read\r\n"+
		"-ERR Say USER and PASS first\r\n")
}

// What cannot be deleted is told.
func TestCannotDelete(t *testing.T) {
	s := newTestSite(t)
	c := login(t, s)
	names, err := filepath.Glob(filepath.Join(s.root.Name(), "new", "*Q1*"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(names[0]))
	require.NoError(t, os.MkdirAll(filepath.Join(names[0], "not empty"), 0o700))
	c.SendString("DELE 1\r\nDELE 2\r\nQUIT\r\n")
	expect(t, c, "+OK Message 1 goes when you say QUIT\r\n+OK Message 2 goes when you say QUIT\r\n"+
		"-ERR [SYS/TEMP] Some messages could not be deleted\r\n")
	if got := s.left(t); got != "13" { // the folder counts, too
		t.Errorf("left are %q", got)
	}
}

// The id of a message stays the same when its flags change, or it goes from new to cur; no two have
// the same.
func TestUID(t *testing.T) {
	a, b := message{name: "new/1.a"}, message{name: "cur/1.a:2,RS"}
	if a.uid() != b.uid() {
		t.Errorf("%s in new, %s in cur", a.uid(), b.uid())
	}
	seen := map[string]bool{}
	for i := range 1000 {
		seen[(&message{name: fmt.Sprint("new/", i)}).uid()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 messages have %d ids", len(seen))
	}
}
