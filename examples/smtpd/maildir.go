package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A maildir is a folder with a file for each message: tmp has those that are being written, new
// those that were delivered, and cur those that a reader has seen. A message appears in new whole,
// by a rename, so nobody needs a lock. Lines end with CR LF in the file, as they came.
type maildir struct {
	dir  string
	host string
	seq  atomic.Uint64
	sync func(*os.File) error // has what was written on the disk when it returns
}

// openMaildir makes the folders if there are none, and clears tmp of what a crash has left there.
func openMaildir(dir, host string) (*maildir, error) {
	m := &maildir{dir: dir, host: strings.NewReplacer("/", `\057`, ":", `\072`).Replace(host),
		sync: (*os.File).Sync}
	changes := foldersToSync(dir)
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	for _, folder := range changes {
		if err := m.syncFolder(folder); err != nil {
			return nil, err
		}
	}
	return m, m.clear(time.Now().Add(-36 * time.Hour))
}

// foldersToSync returns the folders that get a new name in them when dir is made, or may have got
// one before a crash: dir, the one in which it is, and those in which a folder on the way is
// missing.
func foldersToSync(dir string) []string {
	folders := []string{dir}
	for {
		dir = filepath.Dir(filepath.Clean(dir))
		folders = append(folders, dir)
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return folders
		}
	}
}

// clear removes files in tmp that were not touched since a time. Younger ones may be another
// server's.
func (m *maildir) clear(since time.Time) error {
	entries, err := os.ReadDir(filepath.Join(m.dir, "tmp"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().Before(since) {
			os.Remove(filepath.Join(m.dir, "tmp", e.Name()))
		}
	}
	return err
}

// syncFolder has the names in a folder on the disk when it returns.
func (m *maildir) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // it cannot be asked for; the file system keeps a log of names
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return m.sync(f)
}

// newName returns a name that no other message has, whoever delivers it.
func (m *maildir) newName() string {
	now := time.Now()
	var random [8]byte
	rand.Read(random[:])
	return fmt.Sprintf("%d.M%06dP%dQ%dR%x.%s", now.Unix(), now.Nanosecond()/1000, os.Getpid(),
		m.seq.Add(1), random, m.host)
}

// A draft is a file in tmp, as soon as something is written to it. Its methods take their time, and
// are called by one goroutine after the other, but for remove, which may be called at any time.
type draft struct {
	m    *maildir
	mu   sync.Mutex
	file *os.File // nil: nothing was written, or it is done with
	name string
	err  error // what went wrong first; nothing is written any more
}

func (m *maildir) newDraft() *draft { return &draft{m: m} }

var errRemoved = errors.New("the message was given up")

// write appends to the file. An error is told by deliver.
func (d *draft) write(p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil && d.file == nil {
		d.name = d.m.newName()
		d.file, d.err = os.OpenFile(filepath.Join(d.m.dir, "tmp", d.name),
			os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if d.err == nil {
		_, d.err = d.file.Write(p)
	}
}

// deliver moves the file to new. When it returns nil, the message outlives a crash of the machine:
// first its content is on the disk, then its name.
func (d *draft) deliver() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = d.m.sync(d.file)
	}
	if d.err != nil {
		d.discard()
		return d.err
	}
	d.err = d.file.Close()
	old, name := d.file.Name(), filepath.Join(d.m.dir, "new", d.name)
	d.file = nil
	if d.err == nil {
		d.err = os.Rename(old, name)
	}
	if d.err != nil {
		os.Remove(old)
		return d.err
	}
	if err := d.m.syncFolder(filepath.Join(d.m.dir, "new")); err != nil {
		os.Remove(name) // who sends it again, since it is not accepted, should not have it twice
		return err
	}
	return nil
}

// remove gives the draft up, unless it was delivered.
func (d *draft) remove() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.discard()
	if d.err == nil {
		d.err = errRemoved
	}
}

func (d *draft) discard() {
	if d.file != nil {
		d.file.Close()
		os.Remove(d.file.Name())
		d.file = nil
	}
}
