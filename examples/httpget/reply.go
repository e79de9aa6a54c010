package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// A reply is what the head of a reply says.
type reply struct {
	status   string // code and reason; "" until the status line is there
	length   int64  // -1: until the end of the stream
	location string
	coded    bool // by a transfer coding, which a reply to HTTP/1.0 must not be
}

// take takes one line of the head. It returns an error if the line is none, or, at the end of the
// head, if the reply has no body for us.
func (r *reply) take(line string) error {
	switch {
	case r.status == "":
		return r.takeStatus(line)
	case line != "":
		return r.takeField(line)
	case r.status[0] == '1': // an interim reply: another one follows
		*r = reply{length: -1}
		return nil
	case r.status[0] == '3' && r.location != "":
		return fmt.Errorf("%+q, redirects to %+q", r.status, r.location)
	case r.status[0] != '2':
		return fmt.Errorf("%+q", r.status)
	case r.coded:
		return errors.New("the reply has a transfer coding, for which we did not ask")
	}
	return nil
}

// takeStatus takes "HTTP/1.0 200 OK".
func (r *reply) takeStatus(line string) error {
	version, status, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(status, " ")
	n, err := terminator.ParseLength(code, 599)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || n < 100 || len(code) != 3 {
		return fmt.Errorf("not a reply of HTTP/1: %+.80q", line)
	}
	r.status = status
	return nil
}

func (r *reply) takeField(line string) error {
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return fmt.Errorf("malformed header field %+.80q", line)
	}
	value = strings.Trim(value, " \t")
	switch strings.ToLower(name) {
	case "content-length":
		n, err := terminator.ParseLength(value, -1)
		if err != nil || r.length >= 0 && r.length != n {
			return fmt.Errorf("malformed Content-Length %+.80q", value)
		}
		r.length = n
	case "location":
		r.location = value
	case "transfer-encoding":
		r.coded = true
	}
	return nil
}

// bodyEnd returns what ends the body.
func (r *reply) bodyEnd() terminator.Terminator {
	switch {
	case strings.HasPrefix(r.status, "204"):
		return terminator.Length(0)
	case r.length >= 0:
		return terminator.Length(r.length)
	default:
		return terminator.None
	}
}
