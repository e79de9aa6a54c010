package chattest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// PlayConn plays the dialogue in file once, over a connection to any server, such as a program that
// the test has started. It writes the client's lines in pieces of size bytes, or as whole lines if
// size is 0. Steps that wait, stall or reset fail the test, since they need a channel in memory;
// steps about the state of the channel (=) are skipped. The only deadline is that of conn.
func PlayConn(tb testing.TB, file string, conn net.Conn, size int) {
	tb.Helper()
	d, err := loadDialogue(file)
	if err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	r := bufio.NewReader(conn)
	for i, b := range d.blocks {
		for _, s := range b.actions {
			switch half, _ := conn.(interface{ CloseWrite() error }); {
			case s.peer > 0:
				tb.Fatalf("chattest: %s:%d: %q takes a channel in memory", d.file, s.line+1, d.lines[s.line])
			case s.verb == sends:
				err = writePieces(conn, s.text, size)
			case s.verb == ends && half != nil:
				err = half.CloseWrite()
			default:
				tb.Fatalf("chattest: %s:%d: %q takes a channel in memory", d.file, s.line+1, d.lines[s.line])
			}
			if err != nil {
				tb.Fatalf("chattest: %s:%d: %v", d.file, s.line+1, err)
			}
		}
		var got []string
		for _, e := range b.expects {
			line, err := read(r, e)
			if err != nil || line != "" {
				tb.Fatalf("%s\nerror: %v",
					d.report(i, append(got, asSteps(0, line)...), append(got, d.lines[e.line])), err)
			}
			got = append(got, d.lines[e.line])
		}
	}
}

func writePieces(w io.Writer, s string, size int) error {
	if size <= 0 {
		size = max(1, len(s))
	}
	for len(s) > 0 {
		n := min(size, len(s))
		if _, err := io.WriteString(w, s[:n]); err != nil {
			return err
		}
		s = s[n:]
	}
	return nil
}

// read reads what e expects; anything else it returns.
func read(r *bufio.Reader, e step) (got string, err error) {
	switch e.verb {
	case receives:
		buf := make([]byte, len(e.text))
		n, err := io.ReadFull(r, buf)
		if got = string(buf[:n]); got == e.text {
			return "", nil
		}
		return got, err
	case matches:
		line, err := r.ReadString('\n')
		if text, ok := strings.CutSuffix(line, "\r\n"); ok && e.re.MatchString(text) {
			return "", nil
		}
		return line, err
	case closes:
		rest, err := io.ReadAll(r)
		return string(rest), err
	}
	return "", nil
}
