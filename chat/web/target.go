package web

import (
	"strconv"
	"strings"
)

// setTarget takes the four forms of a target: /path, http://host/path, * of OPTIONS and host:port
// of CONNECT.
func (r *Request) setTarget(target string) bool {
	if target == "" ||
		strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' }) {
		return false
	}
	if r.Method == "OPTIONS" && target == "*" {
		r.Path = target
		return true
	}
	if r.Method == "CONNECT" {
		r.Path, r.Host, r.absolute = target, target, true
		return validHost(target) && strings.Contains(target, ":")
	}
	const scheme = "http://"
	if len(target) >= len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
		target = target[len(scheme):]
		i := strings.IndexAny(target, "/?")
		if i < 0 {
			i = len(target)
		}
		r.Host, r.absolute = target[:i], true
		if r.Host == "" || !validHost(r.Host) {
			return false
		}
		if target = target[i:]; !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	r.Path, r.RawQuery, _ = strings.Cut(target, "?")
	return strings.HasPrefix(r.Path, "/")
}

// validHost reports whether s is what RFC 9112, 3.2, allows in a Host header: nothing, or a name or
// an address with or without a port. There is no user in it, and no comma, by which two of them
// would be one.
func validHost(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
		return false
	}
	also := "-._~%!$&'()*+;="
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host, also = host[1:len(host)-1], ":.%-_~"
		if host == "" {
			return false
		}
	}
	for i := range len(host) {
		if !isLetter(host[i]) && !isDigit(host[i]) && strings.IndexByte(also, host[i]) < 0 {
			return false
		}
	}
	return true
}
