package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// A maildrop is what one session sees of a Maildir: the messages that were there when it began, in
// the order of their names, which begin with the time. It is locked for other sessions, of other
// processes too. Who delivers needs no lock: what is new is seen by the next session.
type maildrop struct {
	root     *os.Root
	messages []message
	count    int   // of those that are not deleted
	size     int64 // their bytes

	mu       sync.Mutex // for what follows
	lock     *lock      // nil: closed
	removing bool
	closing  bool
}

// A message is a file, and stays what it is: a change is another file.
type message struct {
	name    string // "new/…" or "cur/…"
	size    int64  // bytes of the file: where lines end with LF alone, what is sent is longer
	deleted bool
}

var errInUse = errors.New("another session has the lock")

// openMaildrop takes its time, as remove does.
func openMaildrop(root *os.Root) (*maildrop, error) {
	l, err := acquire(root, "pop3.lock")
	if err != nil {
		return nil, err
	}
	d := &maildrop{root: root, lock: l}
	for _, folder := range []string{"new", "cur"} {
		if err := d.scan(folder); err != nil {
			d.close()
			return nil, err
		}
	}
	slices.SortFunc(d.messages, func(a, b message) int {
		return cmp.Compare(path.Base(a.name), path.Base(b.name))
	})
	d.unmark()
	return d, nil
}

func (d *maildrop) scan(folder string) error {
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was delivered yet
	}
	for _, e := range entries {
		// An error: it is gone already.
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && e.Name()[0] != '.' {
			d.messages = append(d.messages, message{name: folder + "/" + e.Name(), size: info.Size()})
		}
	}
	return err
}

// uid returns what no other message is called, now or later. The name up to the flags would be
// that, but for its length and its characters.
func (m *message) uid() string {
	name, _, _ := strings.Cut(path.Base(m.name), ":")
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x", sum[:16])
}

func (d *maildrop) mark(m *message) {
	m.deleted = true
	d.count--
	d.size -= m.size
}

// unmark takes back all marks.
func (d *maildrop) unmark() {
	d.count, d.size = len(d.messages), 0
	for i := range d.messages {
		d.messages[i].deleted = false
		d.size += d.messages[i].size
	}
}

// remove deletes what is marked. What is gone already is no error.
func (d *maildrop) remove() error {
	d.mu.Lock()
	if d.closing {
		d.mu.Unlock()
		return nil
	}
	d.removing = true
	d.mu.Unlock()
	var failed []error
	for _, m := range d.messages {
		if m.deleted {
			if err := d.root.Remove(m.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removing = false
	d.release()
	return errors.Join(failed...)
}

// close lets the next session in, when remove has ended, for which it does not wait.
func (d *maildrop) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closing = true
	if !d.removing {
		d.release()
	}
}

func (d *maildrop) release() {
	if d.lock != nil {
		d.lock.release()
		d.lock = nil
	}
}
