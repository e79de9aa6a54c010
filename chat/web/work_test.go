package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

const ask = "GET /work HTTP/1.1\r\nHost: h\r\n\r\n"

// serveWork serves /work by Do.
func serveWork(
	t *testing.T, work func(context.Context) (string, error),
) (*chattest.Conn, *session) {
	site := &Site{}
	site.Get("/work", func(x *Exchange) {
		Do(x, work, func(result string, err error) {
			switch {
			case err != nil:
				x.Refuse(Refuse(http.StatusBadGateway, err.Error()))
			case result != "":
				x.Reply(Head{Code: http.StatusOK, Type: Text}, []byte(result))
			}
		})
	})
	site.Get("/now", func(x *Exchange) {
		x.Reply(Head{Code: http.StatusOK, Type: Text}, []byte("now"))
	})
	return connect(t, site)
}

func TestDo(t *testing.T) {
	results := []string{"one", "two", "", "three"}
	c, _ := serveWork(t, func(context.Context) (result string, err error) {
		result, results = results[0], results[1:]
		if result == "two" {
			return "", errors.New("the disk is gone")
		}
		return result, nil
	})
	c.SendString(ask + strings.Replace(ask, "/work", "/now", 1) + ask + ask + ask)
	got := webtest.Answers(t, string(c.Received()), http.MethodGet)
	for i, want := range []struct {
		code int
		text string
	}{{200, "one"}, {200, "now"}, {502, "the disk is gone"}, {500, "no answer"}, {200, "three"}} {
		if i >= len(got) || got[i].StatusCode != want.code ||
			!strings.Contains(got[i].Text, want.text) {
			t.Fatalf("%d answers; want that of number %d with %d %q: %+v",
				len(got), i, want.code, want.text, got)
		}
	}
	if c.Closed() {
		t.Error("the connection does not go on")
	}
}

// A result for a closed connection, or for a request that was refused meanwhile, is dropped.
func TestDoIsTooLate(t *testing.T) {
	for name, end := range map[string]func(s *session){
		"closed":  func(s *session) { s.Channel.Close() },
		"refused": func(s *session) { s.HandleTimeout(chat.ErrLifetime) },
	} {
		t.Run(name, func(t *testing.T) {
			var c *chattest.Conn
			var s *session
			c, s = serveWork(t, func(context.Context) (string, error) {
				s.Loop().Post(func() { end(s) })
				return "late", nil
			})
			c.SendString(ask)
			got := string(c.Received())
			if refused := strings.Contains(got, " 408 "); !c.Closed() ||
				strings.Contains(got, "late") || refused != (name == "refused") {
				t.Errorf("closed %v, received %q", c.Closed(), got)
			}
		})
	}
}

// A shutdown waits for the answer.
func TestDoInShutdown(t *testing.T) {
	var c *chattest.Conn
	var s *session
	c, s = serveWork(t, func(context.Context) (string, error) {
		s.Loop().Post(s.HandleShutdown)
		return "late", nil
	})
	c.SendString(ask)
	if got := string(c.Received()); !c.Closed() || !strings.Contains(got, "late") ||
		!strings.Contains(got, "Connection: close") {
		t.Errorf("closed %v, received %q", c.Closed(), got)
	}
}
