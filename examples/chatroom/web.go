package main

import (
	"crypto/rand"
	_ "embed"
	"net/http"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

var (
	//go:embed page/index.html
	pageHTML []byte
	//go:embed page/chat.css
	pageCSS []byte
	//go:embed page/chat.js
	pageJS []byte
)

// A page is allowed what it has, and nothing else: no script of others, no frame around it.
var pagePolicy = http.Header{
	"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; " +
		"connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'none'"},
	"X-Content-Type-Options": {"nosniff"},
	"Referrer-Policy":        {"no-referrer"},
}

// pages lets browsers into the house. A page speaks WebSocket: socket.go. Where that does not open,
// what a browser hears is one answer that does not end, of server-sent events; what it says, a POST
// for each line, with the token that was the first of the events.
type pages struct {
	house *house
	users map[string]*user // by their tokens; under the lock of the house
}

func (h *house) pages() *web.Site {
	p := &pages{house: h, users: map[string]*user{}}
	s := &web.Site{}
	s.Get("/", static(web.HTML, pageHTML))
	s.Get("/chat.css", static("text/css; charset=utf-8", pageCSS))
	s.Get("/chat.js", static("text/javascript; charset=utf-8", pageJS))
	s.Get("/events", p.events)
	s.Get("/socket", p.socket)
	s.Post("/say", p.say)
	return s
}

func static(kind string, body []byte) web.HandlerFunc {
	return func(x *web.Exchange) { x.Reply(web.Head{Code: 200, Type: kind, Header: pagePolicy}, body) }
}

// events is the beginning of a visit, "/events?nick=NAME&room=ROOM". The end of the stream is the
// end of the user.
func (p *pages) events(x *web.Exchange) {
	form, ok := x.Form()
	if !ok {
		return
	}
	// No page of somebody else brings its visitors here.
	if x.Foreign() {
		x.Refuse(web.Refuse(403, "Another site has asked for this."))
		return
	}
	u := &user{page: true, token: rand.Text()}
	c := x.Events(func() { p.leave(u) })
	if c == nil {
		return
	}
	u.self = []*chat.Channel{c}
	u.quit = func(word string) {
		u.hear(event{Kind: dismissed, Text: word})
		c.Post(c.CloseWhenDone) // behind what it is still to hear
	}
	p.enter(u, clean(form.Get("nick")), fold(clean(form.Get("room"))))
}

func (p *pages) enter(u *user, name, room string) {
	p.house.Lock()
	defer p.house.Unlock()
	if err := p.house.enter(name, u); err != nil {
		u.quit(err.Error())
		return
	}
	p.users[u.token] = u
	if room != "" {
		u.do("/join " + room)
	}
}

func (p *pages) leave(u *user) {
	p.house.Lock()
	defer p.house.Unlock()
	delete(p.users, u.token)
	p.house.leave(u, "")
}

// say takes a line: token, room and text. A terminal that sends too fast is not read for a while; a
// page is told to come again.
func (p *pages) say(x *web.Exchange) {
	form, ok := x.Form()
	if !ok {
		return
	}
	p.house.Lock()
	defer p.house.Unlock()
	u := p.users[form.Get("token")]
	if u == nil || !p.house.has(u) {
		x.Refuse(web.Refuse(403, "This user is not here any more."))
		return
	}
	now, text := x.Channel().Loop().Now(), form.Get("text")
	switch room := u.in(form.Get("room")); {
	case u.flood.wait(now) > 0:
		x.Refuse(web.Refuse(429, "This is too much at a time.").With("Retry-After", "1"))
		return
	case len(text) > maxText:
		x.Refuse(web.Refuse(413, "The text is too long."))
		return
	case room != nil:
		u.current = room
	}
	u.flood.count(now)
	u.do(clean(text))
	x.Reply(web.Head{Code: 204}, nil)
}
