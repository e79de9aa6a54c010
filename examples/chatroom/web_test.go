package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// A visit is a browser that has come in: its stream of events, and what it says.
type visit struct {
	*chattest.Peer
	t *testing.T
	l *chattest.Listener
}

// browsers serves the pages of a house, on a network of their own.
func browsers(t *testing.T, h *house) *chattest.Listener {
	l := chattest.Listen(t)
	s := &chat.Server{Handler: chattest.Guard(t, h.pages().NewSession), Limits: web.Limits(), Loops: 2}
	require.NoError(t, s.Serve(l))
	return l
}

func visitBy(t *testing.T, l *chattest.Listener, query string, headers ...string) *visit {
	v := &visit{Peer: l.Dial(), t: t, l: l}
	v.SendString("GET /events?" + query + " HTTP/1.1\r\nHost: h\r\n" +
		strings.Join(append(headers, ""), "\r\n") + "\r\n")
	return v
}

// events returns those that have come, without the heads of the answer and of each.
func (v *visit) events() (events []string) {
	v.l.Advance(0)
	_, all, ok := strings.Cut(string(v.Received()), "\r\n\r\n")
	require.True(v.t, ok)
	return eventsOf(all)
}

func (v *visit) more() []string {
	v.l.Advance(0)
	return eventsOf(string(v.Received()))
}

func eventsOf(stream string) (events []string) {
	for e := range strings.SplitSeq(strings.TrimSuffix(stream, "\n\n"), "\n\n") {
		events = append(events, strings.TrimPrefix(e, "data: "))
	}
	return events
}

// say posts a line, and returns the status of the answer.
func (v *visit) say(token, room, text string) int {
	v.t.Helper()
	body := url.Values{"token": {token}, "room": {room}, "text": {text}}.Encode()
	c := v.l.Dial()
	c.SendString(fmt.Sprintf("POST /say HTTP/1.1\r\nHost: h\r\nContent-Type: "+
		"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	answers := webtest.Answers(v.t, string(c.Received()), "POST")
	require.Len(v.t, answers, 1)
	c.CloseWrite()
	return answers[0].StatusCode
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// A browser and a terminal are in the same rooms.
func TestPageAndTerminal(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	ann.SendString("</script>\n")
	bob := visitBy(t, browsers(t, p.house), "nick=bob&room=Den")
	got := bob.events()
	_, token, _ := strings.Cut(got[0], `"text":"`)
	token = strings.TrimSuffix(token, `"}`)
	if len(token) < 20 {
		t.Fatalf("the token is %q", token)
	}
	check(t, got[1:], `{"kind":"note","room":"lobby","text":"said before:","old":true}`,
		`{"kind":"say","room":"lobby","from":"ann","text":"\u003c/script\u003e","when":946684800,`+
			`"old":true}`,
		`{"kind":"join","room":"lobby","from":"bob"}`,
		`{"kind":"here","room":"lobby","names":["ann","bob"]}`,
		`{"kind":"join","room":"den","from":"bob"}`, `{"kind":"here","room":"den","names":["bob"]}`)
	p.l.Advance(0)
	ann.Received()
	if code := bob.say(token, "lobby", "hello\nann\x1b[2J"); code != 204 {
		t.Errorf("said: %d", code)
	}
	p.l.Advance(0)
	expect(t, ann, "[lobby] bob: helloann[2J")
	check(t, bob.more(),
		`{"kind":"say","room":"lobby","from":"bob","text":"helloann[2J","when":946684800}`)
	ann.SendString("/msg bob psst\n/me waves\n")
	check(t, bob.more(), `{"kind":"msg","from":"ann","to":"bob","text":"psst"}`,
		`{"kind":"me","room":"lobby","from":"ann","text":"waves","when":946684800}`)

	// The room is not one in which he is: it is said in that in which he talks.
	bob.say(token, "nowhere", "here?")
	check(t, bob.more(), `{"kind":"say","room":"lobby","from":"bob","text":"here?","when":946684800}`)
	for i := range burst - 2 {
		if code := bob.say(token, "den", "x"); code != 204 {
			t.Errorf("line %d: %d", i, code)
		}
	}
	for _, tt := range []struct {
		token, text string
		want        int
	}{{token, "x", 429}, {"", "x", 403}, {token + "x", "x", 403}} {
		if code := bob.say(tt.token, "", tt.text); code != tt.want {
			t.Errorf("%q with the token %q: %d, want %d", tt.text, tt.token, code, tt.want)
		}
	}
	bob.l.Advance(burst * interval)
	if code := bob.say(token, "", strings.Repeat("x", maxText+1)); code != 413 {
		t.Errorf("a long text: %d", code)
	}
	bob.more()
	p.l.Advance(0)
	ann.Received()
	bob.say(token, "", "/quit bye")
	check(t, bob.more(), `{"kind":"bye","text":"goodbye"}`)
	p.l.Advance(0)
	if expect(t, ann, "[lobby] -- bob has gone (bye)"); !bob.Closed() {
		t.Error("the stream is open")
	}
	if code := bob.say(token, "", "/join den"); code != 403 || len(p.rooms) != 1 {
		t.Errorf("after the end: %d, %d rooms", code, len(p.rooms))
	}
}

// Who gets no name is told why, and a page that goes is gone.
func TestPagesComeAndGo(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	l := browsers(t, p.house)
	v := visitBy(t, l, "nick=Ann")
	if check(t, v.events(), `{"kind":"bye","text":"Ann is taken"}`); !v.Closed() {
		t.Error("the stream is open")
	}
	v = visitBy(t, l, "nick=%1b&room=x")
	check(t, v.events(), `{"kind":"bye","text":"`+errName.Error()+`"}`)
	for _, field := range []string{"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"} { // E3
		v = visitBy(t, l, "nick=bob", field)
		if got := string(v.Received()); !strings.HasPrefix(got, "HTTP/1.1 403 ") {
			t.Errorf("%s: %q", field, got)
		}
	}
	ann.Received()
	v = visitBy(t, l, "nick=bob")
	v.events()
	v.Reset()
	p.l.Advance(0)
	expect(t, ann, "[lobby] -- bob has joined", "[lobby] -- bob has gone")
	if len(p.users) != 1 || len(p.rooms[lobby].pages) != 0 {
		t.Errorf("%d users, %d pages", len(p.users), len(p.rooms[lobby].pages))
	}
}

func TestStatic(t *testing.T) {
	for path, want := range map[string]string{"/": "<!DOCTYPE html>", "/chat.css": ":root",
		"/chat.js": "// The page"} {
		a, _ := webtest.Ask(t, newHouse(0).pages().NewSession, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if a.StatusCode != 200 || !strings.HasPrefix(a.Text, want) ||
			!strings.HasPrefix(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d, %.40q, %v", path, a.StatusCode, a.Text, a.Header)
		}
	}
}
