package chat

import "bytes"

// ForeignProtocol returns the name of a foreign protocol to which the first line of a connection
// belongs: "HTTP" for a request line, "TLS" for the beginning of a record, "SSH" for a banner, and
// "" for any other line. The line may come with or without its end.
//
// A server of lines should call it with the first line, and close the connection before a command
// runs. A page in a browser may post to any port that the browser reaches, also on localhost, and
// the author of the page chooses the lines of the body. Without this check the server would execute
// them. If the commands of a protocol are words, none of the three can be its first line, except
// where a command takes a path and a version, as in HTTP.
func ForeignProtocol(line []byte) string {
	switch {
	case len(line) > 1 && line[0] == 0x16 && line[1] == 3:
		return "TLS"
	case bytes.HasPrefix(line, []byte("SSH-")):
		return "SSH"
	case isRequestLine(bytes.TrimRight(line, "\r\n")):
		return "HTTP"
	}
	return ""
}

// isRequestLine reports whether line is "METHOD target HTTP/1.1", of any version from 1.0 on.
func isRequestLine(line []byte) bool {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	last := bytes.LastIndexByte(rest, ' ')
	if len(method) == 0 || last < 1 {
		return false
	}
	for _, b := range method {
		if (b < 'A' || b > 'Z') && b != '-' {
			return false
		}
	}
	return bytes.HasPrefix(rest[last+1:], []byte("HTTP/"))
}
