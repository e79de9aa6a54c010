package main

import (
	"fmt"
	"os"
	"path"
)

func (s *session) printFolder([][]byte) { s.reply("257 %s", quoted(s.cwd)) }

func (s *session) changeFolder(args [][]byte) { s.enter(s.path(args[0])) }
func (s *session) parentFolder([][]byte)      { s.enter(path.Dir(s.cwd)) }

func (s *session) enter(p string) {
	s.Go(func() func() {
		info, err := s.site.root.Stat(inRoot(p))
		if err == nil && !info.IsDir() {
			err = errNoFolder
		}
		return func() {
			if err != nil {
				s.reply("%s", s.refusal(err))
				return
			}
			s.cwd = p
			s.reply("250 You are there")
		}
	})
}

func (s *session) size(args [][]byte) {
	p := s.path(args[0])
	s.do(func(root *os.Root) (string, error) {
		info, err := root.Stat(inRoot(p))
		if err == nil && !info.Mode().IsRegular() {
			err = errNoFile
		}
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("213 %d", info.Size()), nil
	})
}

func (s *session) modified(args [][]byte) {
	p := s.path(args[0])
	s.do(func(root *os.Root) (string, error) {
		info, err := root.Stat(inRoot(p))
		if err != nil {
			return "", err
		}
		return "213 " + stamp(info.ModTime()), nil
	})
}

func (s *session) remove(args [][]byte) { s.delete(s.path(args[0]), false) }

func (s *session) removeFolder(args [][]byte) { s.delete(s.path(args[0]), true) }

// delete deletes a file, or a folder that is empty, whichever the command is for.
func (s *session) delete(p string, folder bool) {
	s.do(func(root *os.Root) (string, error) {
		info, err := root.Lstat(inRoot(p))
		switch {
		case err != nil:
			return "", err
		case folder && !info.IsDir():
			return "", errNoFolder
		case !folder && info.IsDir():
			return "", errNoFile
		}
		return "250 It is gone", root.Remove(inRoot(p))
	})
}

func (s *session) makeFolder(args [][]byte) {
	p := s.path(args[0])
	s.do(func(root *os.Root) (string, error) {
		return "257 " + quoted(p), root.Mkdir(inRoot(p), 0o777)
	})
}

func (s *session) renameFrom(args [][]byte) {
	p := s.path(args[0])
	s.do(func(root *os.Root) (string, error) {
		_, err := root.Lstat(inRoot(p))
		return "350 What is the new name?", err
	})
	s.renaming = p
}

func (s *session) renameTo(args [][]byte) {
	from, to := s.renaming, s.path(args[0])
	if s.renaming = ""; from == "" {
		s.refuse("503 Say RNFR first")
		return
	}
	s.do(func(root *os.Root) (string, error) {
		return "250 So it is called", root.Rename(inRoot(from), inRoot(to))
	})
}
