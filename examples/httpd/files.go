package main

import (
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

const htmlType = "text/html; charset=utf-8"

// localName returns the name of what an escaped URL path stands for, relative to the root and clean. It is unescaped once.
// os.Root lets nothing escape either; refusing ".." here means that no name is ever looked up that says so.
func localName(escaped string) (name string, r *refusal) {
	p, err := url.PathUnescape(escaped)
	if err != nil {
		return "", refuse(400, "The path is not properly escaped.")
	}
	if slices.Contains(strings.Split(p, "/"), "..") {
		return "", refuse(403, "The path leads out of a folder.")
	}
	if name = strings.TrimPrefix(path.Clean("/"+p), "/"); name == "" {
		name = "."
	}
	return name, nil
}

// serve answers GET and HEAD.
func (s *session) serve() {
	name, r := localName(s.req.path)
	if r != nil {
		s.refuse(r)
		return
	}
	f, info, r := s.site.open(name)
	slash := strings.HasSuffix(s.req.path, "/")
	switch {
	case r != nil:
		s.refuse(r)
	case info.IsDir() && slash:
		s.serveFolder(name, f)
	case info.IsDir():
		f.Close()
		s.redirect(name)
	case slash:
		f.Close()
		s.refuse(refuse(404, "This is a file, not a folder."))
	default:
		s.serveFile(name, f, info)
	}
}

// open opens a file or folder. It never waits for one: to open a FIFO is to wait for its other end, so what is neither is refused
// before, and should a FIFO take the place of the file in between, it is opened without waiting, and refused then.
func (s *site) open(name string) (*os.File, fs.FileInfo, *refusal) {
	info, err := s.root.Stat(name)
	if err != nil {
		return nil, nil, refuseFor(err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, nil, refuse(403, "This is neither a file nor a folder.")
	}
	f, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, refuseFor(err)
	}
	if info, err = f.Stat(); err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		f.Close()
		return nil, nil, refuse(403, "This is neither a file nor a folder.")
	}
	return f, info, nil
}

// refuseFor says what is wrong with a name. os.Root has no error of its own for one that leads out: it is among the rest.
func refuseFor(err error) *refusal {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return refuse(404, "There is no such file.")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return refuse(503, "Too many files are open. Try again later.")
	default:
		return refuse(403, "This file is not for you to read.")
	}
}

// redirect sends the client to the folder's name with a slash, without which its relative links would lead elsewhere. The
// location is made of the clean name: the path of the request may begin with two slashes, and then names another host.
func (s *session) redirect(name string) {
	location := "/" + escapePath(name) + "/" + s.req.query
	page := fmt.Appendf(nil, "<!DOCTYPE html>\n<title>Moved</title>\n<p><a href=\"%s\">Moved here</a></p>\n", html.EscapeString(location))
	s.reply(head{code: 301, kind: htmlType, more: "Location: " + location + crlf}, page)
}

// escapePath escapes a clean name for use in a URL, all but its slashes.
func escapePath(name string) string {
	return strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
}

// serveFolder answers with the folder's index.html or, where there is none, a listing. It closes dir.
func (s *session) serveFolder(name string, dir *os.File) {
	defer dir.Close()
	index := path.Join(name, "index.html")
	f, info, r := s.site.open(index)
	switch {
	case r == nil && !info.IsDir():
		s.serveFile(index, f, info)
		return
	case r == nil:
		f.Close()
	case r.code != 404:
		s.refuse(r)
		return
	}
	page, err := s.site.list(name, dir)
	if err != nil {
		s.refuse(refuseFor(err))
		return
	}
	s.reply(head{code: 200, kind: htmlType}, page)
}

// serveFile answers with a file, or the part of it that is asked for, and closes it.
func (s *session) serveFile(name string, f *os.File, info fs.FileInfo) {
	h := head{code: 200, size: info.Size(), modified: info.ModTime(), more: "Accept-Ranges: bytes\r\n"}
	if s.req.notModified(h.modified) {
		f.Close()
		s.reply(head{code: 304, modified: h.modified}, nil)
		return
	}
	first, length, v := int64(0), h.size, whole
	if s.req.method == "GET" && s.req.unchanged(h.modified) { // a range means nothing to HEAD: RFC 9110, 14.2
		first, length, v = parseRange(s.req.ranges, h.size)
	}
	switch v {
	case unsatisfiable:
		f.Close()
		s.refuse(refuse(416, "The file is shorter than that.").with(fmt.Sprintf("Content-Range: bytes */%d", h.size)))
		return
	case part:
		h.code = 206
		h.more += fmt.Sprintf("Content-Range: bytes %d-%d/%d\r\n", first, first+length-1, h.size)
	}
	h.kind, h.size = contentType(name, f), length
	s.send(h, f, first)
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
