package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// A handler that is used after it has returned, which net/http forbids, gets an error, and changes
// nothing of the next answers of its connection.
func TestHandlerUsesItsResponseLate(t *testing.T) {
	const long = maxWaiting + 1
	for name, late := range map[string]func(w http.ResponseWriter) error{
		"Flush": func(w http.ResponseWriter) error {
			io.WriteString(w, "late")
			return http.NewResponseController(w).Flush()
		},
		"Write": func(w http.ResponseWriter) error {
			_, err := w.Write(make([]byte, long))
			return err
		},
		"ReadFrom": func(w http.ResponseWriter) error {
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(strings.Repeat("x", long)))
			return err
		},
		"Hijack": func(w http.ResponseWriter) error {
			_, _, err := w.(http.Hijacker).Hijack()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			given, may := make(chan http.ResponseWriter, 1), make(chan bool)
			site := &Site{}
			site.Handle("/first", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "first")
				w.(http.Flusher).Flush()
				given <- w
			}))
			site.Handle("/second", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "sec")
				w.(http.Flusher).Flush()
				<-may
				io.WriteString(w, "ond")
			}))
			c, s := connect(t, site)
			get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n" }
			c.SendString(get("/first"))
			var got string
			has := func(end string) func() bool {
				return func() bool {
					got += string(c.Received())
					return strings.HasSuffix(got, end)
				}
			}
			until(c, has("0\r\n\r\n"))
			until(c, func() bool { return s.Exchange == nil })
			w := <-given
			c.SendString(get("/second"))
			until(c, has("sec\r\n"))
			failed := make(chan error, 1)
			go func() { failed <- late(w) }()
			var err error
			until(c, func() bool {
				select {
				case err = <-failed:
					return true
				default:
					return false
				}
			})
			assert.ErrorIs(t, err, errReturned)
			c.Advance(0)
			close(may)
			until(c, has("ond\r\n0\r\n\r\n"))
			all := webtest.Answers(t, got, "GET", "GET")
			require.Len(t, all, 2)
			require.Equal(t, "first", all[0].Text)
			require.Equal(t, "second", all[1].Text)
			require.False(t, c.Closed())
		})
	}
}
