package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// numberedFile is a file in which each place can be told from any other.
func numberedFile(t *testing.T, size int) (*os.File, []byte) {
	t.Helper()
	var text []byte
	for len(text) < size {
		text = strconv.AppendInt(append(text, ' '), int64(len(text)), 10)
	}
	text = text[:size]
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, text, 0o600))
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file, text
}

// A copied is what a handler has seen of its io.CopyN from a file.
type copied struct {
	n, at int64
	err   error
	size  int64 // -1: the file is closed
}

// copyFile returns a handler that sends n bytes of a file from at on, in an answer of length bytes,
// -1: it does not say of how many, and then what is missing.
func copyFile(file *os.File, at, n, length int64, done chan<- copied) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if length >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
		}
		io.WriteString(w, "before")
		file.Seek(at, io.SeekStart)
		c := copied{size: -1}
		c.n, c.err = io.CopyN(w, file, n)
		c.at, _ = file.Seek(0, io.SeekCurrent)
		if info, err := file.Stat(); err == nil {
			c.size = info.Size()
		}
		io.WriteString(w, "behind")
		done <- c
	}
}

// A part of a file arrives between the text written before and after it. The file stays open, at
// the end of the part.
func TestHandlerCopiesFiles(t *testing.T) {
	const size = 300_000
	file, text := numberedFile(t, size)
	for _, tt := range []struct {
		method        string
		at, n, length int64
	}{
		{"GET", 0, size, size + 12},
		{"GET", 1000, size - 2000, size - 2000 + 12},
		{"GET", 1000, size - 2000, -1},
		{"GET", 0, 1000, 1012},
		{"HEAD", 0, size, size + 12},
		{"GET", 1000, size, -1}, // the file ends before
	} {
		done := make(chan copied, 1)
		c, _ := handle(t, copyFile(file, tt.at, tt.n, tt.length, done))
		c.SendString(tt.method + " / HTTP/1.1\r\nHost: h\r\n\r\n")
		var got []byte
		end := "behind"
		switch {
		case tt.length < 0:
			end = "0\r\n\r\n"
		case tt.method == "HEAD":
			end = "\r\n\r\n"
		}
		until(c, func() bool {
			got = append(got, c.Received()...)
			return bytes.HasSuffix(got, []byte(end))
		})
		there := min(tt.n, size-tt.at)
		want := copied{n: there, at: tt.at + there, size: size}
		if there < tt.n {
			want.err = io.EOF
		}
		if tt.method == "HEAD" {
			want.n = tt.n // written, and dropped
		}
		if saw := <-done; saw != want {
			t.Errorf("%+v: the handler has seen %+v, want %+v", tt, saw, want)
		}
		body := "before" + string(text[tt.at:tt.at+there]) + "behind"
		if tt.method == "HEAD" {
			body = ""
		}
		all := webtest.Answers(t, string(got), tt.method)
		if len(all) != 1 || all[0].Text != body {
			t.Errorf("%+v: %d bytes have come, or others than wanted", tt, len(got))
		}
	}
}

// If a file ends before the announced length, the rest of it is sent, and then the connection is
// closed.
func TestHandlerCopiesLessThanAnnounced(t *testing.T) {
	const size = 300_000
	file, text := numberedFile(t, size)
	done := make(chan copied, 1)
	c, _ := handle(t, copyFile(file, 1000, size, size+12, done))
	c.SendString(get)
	until(c, func() bool { return c.Closed() })
	want := copied{n: size - 1000, at: size, err: io.EOF, size: size}
	if saw := <-done; saw != want {
		t.Errorf("the handler has seen %+v, want %+v", saw, want)
	}
	if got := c.Received(); !bytes.HasSuffix(got, append(text[1000:], "behind"...)) {
		t.Errorf("%d bytes have come, or others than wanted", len(got))
	}
}

// A file is read no faster than the client takes it, by the loop.
func TestHandlerCopiesFilesAsTheyAreTaken(t *testing.T) {
	const size = 4 << 20
	file, _ := numberedFile(t, size)
	done := make(chan copied, 1)
	c, s := handle(t, copyFile(file, 0, size, size+12, done))
	c.Stall()
	c.SendString(get)
	r := s.run
	untilRun(c, r, func() bool { return r.begins && r.out.file == nil })
	if n := c.Channel().Queued(); n > maxWaiting {
		t.Errorf("%d bytes wait for a client that takes nothing", n)
	}
	c.Unstall()
	var got int
	until(c, func() bool {
		got += len(c.Received())
		return len(done) == 1 && got > size
	})
	if saw := <-done; saw.n != size || saw.err != nil {
		t.Errorf("the handler has seen %+v", saw)
	}
}

// The copy ends with an error when the client goes away, at whatever point, and when the file turns
// out to be shorter than it was. The file is the handler's as before.
func TestHandlerCopiesFilesInVain(t *testing.T) {
	const size = 4 << 20
	for _, what := range []string{"at once", "in the queue", "in the middle", "shorter", "late"} {
		t.Run(what, func(t *testing.T) {
			file, _ := numberedFile(t, size)
			done := make(chan copied, 1)
			begin := make(chan bool)
			h := copyFile(file, 0, size, size+12, done)
			c, s := handle(t, func(w http.ResponseWriter, r *http.Request) {
				<-begin
				if what == "late" {
					http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
				}
				h(w, r)
			})
			c.Do(func() { s.SetLimits(s.Limits().WithoutTimeouts()) })
			c.Stall()
			c.SendString(get)
			r := s.run
			switch what {
			case "at once":
				c.Reset()
			case "in the queue": // behind so much that the loop does not come for it
				c.Do(func() { s.Push(make([]byte, 4*maxWaiting)) })
			}
			close(begin)
			untilRun(c, r, func() bool {
				return r.over != nil || r.begins && (r.out.file != nil) == (what == "in the queue")
			})
			switch what {
			case "in the queue":
				c.Reset()
			case "in the middle":
				c.Accept(100_000)
				c.Reset()
			case "shorter":
				c.Accept(100_000)
				require.NoError(t, file.Truncate(200_000))
				c.Unstall()
			case "late":
				c.Advance(time.Hour)
				c.Unstall()
			}
			until(c, func() bool { return len(done) == 1 })
			saw := <-done
			if what == "late" && !errors.Is(saw.err, os.ErrDeadlineExceeded) {
				t.Errorf("the handler has seen %v", saw.err)
			}
			if saw.err == nil || saw.n >= size || saw.at != saw.n || saw.size < 0 {
				t.Errorf("the handler has seen %+v", saw)
			}
			until(c, func() bool { return c.Closed() })
			if got := string(c.Received()); strings.HasSuffix(got, "behind") {
				t.Error(fmt.Sprint(len(got), " bytes have come, as if nothing were missing"))
			}
		})
	}
}

// If the deadline comes before the loop has come for a file, the loop does not take the file any
// more, whichever of the handler and the loop is first.
func TestHandlerFileIsNotTakenLate(t *testing.T) {
	const size = 4 << 20
	file, _ := numberedFile(t, size)
	done := make(chan copied, 1)
	begin := make(chan bool)
	h := copyFile(file, 0, size, size+12, done)
	c, s := handle(t, func(w http.ResponseWriter, r *http.Request) {
		<-begin
		h(w, r)
	})
	c.Stall()
	c.SendString(get)
	r := s.run
	c.Do(func() { s.Push(make([]byte, 4*maxWaiting)) })
	close(begin)
	untilRun(c, r, func() bool { return r.out.file != nil })
	r.mu.Lock()
	r.over = os.ErrDeadlineExceeded
	out, _ := r.takeOut()
	sending := r.sending
	r.room.Broadcast()
	r.mu.Unlock()
	if out.file != nil || sending {
		t.Error("the loop has taken the file")
	}
	until(c, func() bool { return len(done) == 1 })
	if saw := <-done; saw.n != 0 || !errors.Is(saw.err, os.ErrDeadlineExceeded) {
		t.Errorf("the handler has seen %+v", saw)
	}
}
