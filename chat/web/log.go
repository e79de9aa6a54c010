package web

import (
	"fmt"
	"io"
	"net"
	"strconv"

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
	if err != nil && err != io.EOF && err != chat.ErrDetached && s.site.Errors != nil {
		fmt.Fprintf(s.site.Errors, "%s - - [%s] closed: %v\n", s.host(), s.now(), err)
	}
}

func (s *session) host() string {
	if addr, ok := s.RemoteAddr().(*net.TCPAddr); ok {
		return addr.IP.String()
	}
	return "-"
}

func (s *session) now() string { return s.Loop().Now().Format("02/Jan/2006:15:04:05 -0700") }
