package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

var (
	errNoFile   = errors.New("not a regular file")
	errNoFolder = errors.New("not a folder")
	errBehind   = errors.New("the file is shorter")
)

// path returns what an argument names.
func (s *session) path(arg []byte) string { return resolve(s.cwd, string(arg)) }

// do does what may wait for the disk, off the loop, and answers with what it returns.
func (s *session) do(work func(root *os.Root) (reply string, err error)) {
	s.Go(func() func() {
		reply, err := work(s.site.root)
		return func() {
			if err != nil {
				reply = s.refusal(err)
			}
			s.reply("%s", reply)
		}
	})
}

// refusal is the reply for what the disk cannot do.
func (s *session) refusal(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "550 There is no such file"
	case errors.Is(err, syscall.ENOTEMPTY): // is an fs.ErrExist too
		return "550 The folder is not empty"
	case errors.Is(err, fs.ErrExist):
		return "550 It is there already"
	case errors.Is(err, fs.ErrPermission):
		return "550 You may not"
	case errors.Is(err, errNoFile):
		return "550 That is no file"
	case errors.Is(err, errNoFolder):
		return "550 That is no folder"
	case errors.Is(err, errBehind):
		return "554 The file is shorter than that"
	case errors.Is(err, syscall.ENOSPC):
		s.complain(err)
		return "452 The disk is full"
	}
	s.Logger().Debug("a command has failed", "error", err)
	return "550 That cannot be done"
}

// complain logs what the client is not to blame for.
func (s *session) complain(err error) { s.Logger().Warn("a transfer has failed", "error", err) }

func (s *session) takeRestart() int64 {
	at := s.restart
	s.restart = 0
	return at
}

// transferOf opens something off the loop, and transfers it then.
func (s *session) transferOf(open func(root *os.Root) (*transfer, error)) {
	s.Go(func() func() {
		t, err := open(s.site.root)
		return func() {
			if err != nil {
				s.reply("%s", s.refusal(err))
				return
			}
			t.session = s
			s.start(t)
		}
	})
}

func (s *session) retrieve(args [][]byte) {
	p, at := s.path(args[0]), s.takeRestart()
	s.transferOf(func(root *os.Root) (*transfer, error) {
		f, info, err := openRegular(root, inRoot(p), os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		if err := seek(f, info, at); err != nil {
			return nil, err
		}
		return &transfer{what: "It comes", source: &fileSource{File: f}}, nil
	})
}

func (s *session) store(args [][]byte) {
	p, at := s.path(args[0]), s.takeRestart()
	s.transferOf(func(root *os.Root) (*transfer, error) {
		f, info, err := openRegular(root, inRoot(p), os.O_WRONLY|os.O_CREATE)
		if err != nil {
			return nil, err
		}
		if err := seek(f, info, at); err != nil {
			return nil, err
		}
		if err := f.Truncate(at); err != nil {
			f.Close()
			return nil, err
		}
		return &transfer{what: "Send it", file: f}, nil
	})
}

func (s *session) appendTo(args [][]byte) {
	p := s.path(args[0])
	s.takeRestart()
	s.transferOf(func(root *os.Root) (*transfer, error) {
		f, _, err := openRegular(root, inRoot(p), os.O_WRONLY|os.O_CREATE|os.O_APPEND)
		return &transfer{what: "Send it", file: f}, err
	})
}

// openRegular opens a regular file. It never waits for one: to open a FIFO is to wait for its other
// end, so it is done without waiting, and what is no regular file is refused then.
func openRegular(root *os.Root, name string, flag int) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, flag|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// seek goes to where a transfer begins, and closes the file if it has no such place.
func seek(f *os.File, info fs.FileInfo, at int64) error {
	err := errBehind
	if at <= info.Size() {
		_, err = f.Seek(at, io.SeekStart)
	}
	if err != nil {
		f.Close()
	}
	return err
}

// A fileSource gives out the rest of a file.
type fileSource struct {
	*os.File
	piece []byte
}

func (f *fileSource) next() ([]byte, error) {
	if f.piece == nil {
		f.piece = make([]byte, 64<<10)
	}
	n, err := f.Read(f.piece)
	return f.piece[:n], err
}

func (s *session) list(args [][]byte)      { s.sendList(args, formatLong, false) }
func (s *session) listNames(args [][]byte) { s.sendList(args, formatNames, false) }
func (s *session) listFacts(args [][]byte) {
	s.sendList(args, formatFacts(s.facts, s.site.write), true)
}

// sendList sends a list of a folder, or of one file. Options as those of ls are passed over: many
// clients send some.
func (s *session) sendList(args [][]byte, f format, foldersOnly bool) {
	arg := ""
	if len(args) > 0 {
		arg = string(args[0])
	}
	for !foldersOnly && strings.HasPrefix(arg, "-") {
		_, arg, _ = strings.Cut(arg, " ")
	}
	p, now := resolve(s.cwd, arg), s.Loop().Now()
	s.takeRestart()
	s.transferOf(func(root *os.Root) (*transfer, error) {
		l, err := openListing(root, inRoot(p), f, now)
		if err == nil && foldersOnly && l.dir == nil {
			err = errNoFolder
		}
		return &transfer{what: "The list comes", source: l}, err
	})
}

func (s *session) factsOf(args [][]byte) {
	p, f := s.cwd, formatFacts(s.facts, s.site.write)
	if len(args) > 0 {
		p = s.path(args[0])
	}
	s.do(func(root *os.Root) (string, error) {
		info, err := root.Stat(inRoot(p))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("250-About it:\r\n %s\r\n250 End", f(named{info, p}, info.ModTime())), nil
	})
}
