package web

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// record writes a line in common log format. What came from the client is quoted: it must not be
// able to forge a line.
func (s *session) record(h Head) {
	if s.site.Log == nil {
		return
	}
	size := "-"
	if h.Type != "" && h.Size >= 0 && s.Method != "HEAD" {
		size = strconv.FormatInt(h.Size, 10)
	}
	line := s.line[:min(len(s.line), 1<<10)]
	fmt.Fprintf(s.site.Log, "%s - - [%s] %+q %d %s\n", s.host(), s.now(), line, h.Code, size)
}

func (s *session) logEnd(err error) {
	if err == nil || err == io.EOF || err == chat.ErrDetached || s.site.Errors == nil {
		return
	}
	missed, ok := s.site.ends.allow(chat.ReasonOf(err), s.Loop().Now())
	if !ok {
		return
	}
	more := ""
	if missed > 0 {
		more = fmt.Sprintf(" (and %d more of this kind)", missed)
	}
	fmt.Fprintf(s.site.Errors, "%s - - [%s] closed: %v%s\n", s.host(), s.now(), err, more)
}

// ends bounds the lines about connections that have ended: clients can cause as many as they like.
type ends struct {
	mu    sync.Mutex
	kinds [256]lastEnd // by the chat.Reason
}

type lastEnd struct {
	at     time.Time
	missed int // since then
}

// allow reports whether the next of a kind may be logged, at most one a second, and how many were
// not since the last.
func (e *ends) allow(kind chat.Reason, now time.Time) (missed int, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	last := &e.kinds[kind]
	if since := now.Sub(last.at); since >= 0 && since < time.Second {
		last.missed++
		return 0, false
	}
	missed, last.missed, last.at = last.missed, 0, now
	return missed, true
}

func (s *session) host() string {
	if addr, ok := s.RemoteAddr().(*net.TCPAddr); ok {
		return addr.IP.String()
	}
	return "-"
}

func (s *session) now() string { return s.Loop().Now().Format("02/Jan/2006:15:04:05 -0700") }
