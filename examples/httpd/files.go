package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/go-asynchat/asynchat/chat/web"
)

// A site serves the files below a folder, and what has a handler.
type site struct {
	web.Site
	root    *os.Root
	gzip    bool         // texts are compressed for who takes that
	zipping atomic.Int32 // how many large ones, now
}

// localName returns the name of what an escaped URL path stands for, relative to the root and
// clean. It is unescaped once. os.Root lets nothing escape either; refusing ".." here means that no
// name is ever looked up that says so.
func localName(escaped string) (name string, r *web.Refusal) {
	p, err := url.PathUnescape(escaped)
	if err != nil {
		return "", web.Refuse(400, "The path is not properly escaped.")
	}
	if slices.Contains(strings.Split(p, "/"), "..") {
		return "", web.Refuse(403, "The path leads out of a folder.")
	}
	if name = strings.TrimPrefix(path.Clean("/"+p), "/"); name == "" {
		name = "."
	}
	return name, nil
}

// serve answers GET and HEAD.
func (s *site) serve(x *web.Exchange) {
	name, r := localName(x.Path)
	if r != nil {
		x.Refuse(r)
		return
	}
	f, info, r := s.open(name)
	slash := strings.HasSuffix(x.Path, "/")
	switch {
	case r != nil:
		x.Refuse(r)
	case info.IsDir():
		f.Close()
		if slash {
			s.serveFolder(x, name)
		} else {
			redirect(x, name)
		}
	case slash:
		f.Close()
		x.Refuse(web.Refuse(404, "This is a file, not a folder."))
	default:
		s.serveFile(x, name, f, info)
	}
}

// open opens a file or folder. It never waits for one: to open a FIFO is to wait for its other end,
// so what is neither is refused before, and should a FIFO take the place of the file in between, it
// is opened without waiting, and refused then.
func (s *site) open(name string) (*os.File, fs.FileInfo, *web.Refusal) {
	info, err := s.root.Stat(name)
	if err != nil {
		return nil, nil, refuseFor(err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, nil, web.Refuse(403, "This is neither a file nor a folder.")
	}
	f, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, refuseFor(err)
	}
	if info, err = f.Stat(); err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		f.Close()
		return nil, nil, web.Refuse(403, "This is neither a file nor a folder.")
	}
	return f, info, nil
}

// refuseFor says what is wrong with a name. os.Root has no error of its own for one that leads out:
// it is among the rest.
func refuseFor(err error) *web.Refusal {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR),
		errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return web.Refuse(404, "There is no such file.")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return web.Refuse(503, "Too many files are open. Try again later.")
	default:
		return web.Refuse(403, "This file is not for you to read.")
	}
}

// redirect sends the client to the folder's name with a slash, without which its relative links
// would lead elsewhere. The location is made of the clean name: the path of the request may begin
// with two slashes, and then names another host.
func redirect(x *web.Exchange, name string) {
	query := ""
	if x.RawQuery != "" {
		query = "?" + x.RawQuery
	}
	x.Redirect(301, "/"+escapePath(name)+"/"+query)
}

// escapePath escapes a clean name for use in a URL, all but its slashes.
func escapePath(name string) string {
	return strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
}

// serveFolder answers with the folder's index.html or, where there is none, a listing.
func (s *site) serveFolder(x *web.Exchange, name string) {
	index := path.Join(name, "index.html")
	f, info, r := s.open(index)
	switch {
	case r == nil && !info.IsDir():
		s.serveFile(x, index, f, info)
		return
	case r == nil:
		f.Close()
	case r.Code != 404:
		x.Refuse(r)
		return
	}
	s.serveListing(x, name)
}

// serveFile answers with a file, or the part of it that is asked for, and closes it. A part is one
// of the file as it is: who asks for one is never given a compressed file, and who was given that
// is not told that there are parts.
func (s *site) serveFile(x *web.Exchange, name string, f *os.File, info fs.FileInfo) {
	h := web.Head{Code: 200, Type: contentType(name, f), Size: info.Size(), Modified: info.ModTime()}
	h.Header = s.vary(h.Type)
	ranges, condition := x.Range(h.Modified), x.Condition(h.Modified)
	switch {
	case condition == http.StatusPreconditionFailed:
		f.Close()
		x.Refuse(web.Refuse(condition, "The file is not the one that the request is for."))
		return
	case condition != 0:
		f.Close()
		x.Reply(web.Head{Code: condition, Modified: h.Modified, Header: h.Header}, nil)
		return
	case ranges == "" && s.zip(x, h, f):
		return
	}
	first, length, v := parseRange(ranges, h.Size)
	h.Header.Set("Accept-Ranges", "bytes")
	switch v {
	case unsatisfiable:
		f.Close()
		x.Refuse(web.Refuse(416,
			"The file is shorter than that.").With("Content-Range", fmt.Sprintf("bytes */%d", h.Size)))
		return
	case part:
		h.Code = 206
		h.Header.Set("Content-Range",
			fmt.Sprintf("bytes %d-%d/%d", first, first+length-1, h.Size))
	}
	h.Size = length
	x.SendFile(h, f, first)
}

// contentType goes by the name, and where that does not help by the beginning of the file.
func contentType(name string, f io.ReaderAt) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	buf := make([]byte, 512)
	n, _ := f.ReadAt(buf, 0) // what cannot be read has no type either
	return http.DetectContentType(buf[:n])
}
