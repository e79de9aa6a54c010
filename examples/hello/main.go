// Command hello is an HTTP server that greets the name in the URL. It is the server of the asynchat
// tutorials: the terminator is changed while the stream is being read, from the end of the request
// line to the end of the headers.
//
//	go run ./examples/hello
//	curl http://127.0.0.1:8888/kongxx
package main

import (
	"flag"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/terminator"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8888", "where to listen")
	serve.Parse()
	serve.Main(&chat.Server{Addr: *addr, Handler: newGreeter})
}

// A greeter collects the request line, then the headers, and answers.
type greeter struct {
	*chat.Channel
	chat.Collector
	path string // empty until the request line is there
}

func newGreeter(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &greeter{Channel: c}
}

func (g *greeter) FoundTerminator() {
	data := string(g.Take())
	if g.path != "" { // data is the headers, which tell us nothing
		g.greet()
		return
	}
	method, rest, _ := strings.Cut(data, " ")
	target, version, _ := strings.Cut(rest, " ")
	if method != "GET" || !strings.HasPrefix(target, "/") || !strings.HasPrefix(version, "HTTP/1.") {
		g.reply("400 Bad Request", "I understand GET /name HTTP/1.0 only.")
		return
	}
	g.path = target
	g.SetTerminator(terminator.String("\r\n\r\n"))
	g.Unread([]byte("\r\n")) // so that the empty line ends the headers even where there are none
}

func (g *greeter) greet() {
	name, err := url.PathUnescape(strings.TrimPrefix(g.path, "/"))
	if err != nil {
		g.reply("400 Bad Request", "I cannot read that name.")
		return
	}
	if name == "" {
		name = "world"
	}
	g.reply("200 OK", "Hello "+name+"!")
}

func (g *greeter) reply(status, text string) {
	body := "<!DOCTYPE html>\n<title>Hello</title>\n<h1>" + html.EscapeString(text) + "</h1>\n"
	fmt.Fprintf(g, "HTTP/1.0 %s\r\nContent-Type: text/html; charset=utf-8\r\n"+
		"Content-Length: %d\r\n\r\n%s", status, len(body), body)
	g.CloseWhenDone()
}
