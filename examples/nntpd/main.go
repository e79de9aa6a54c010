// Command nntpd is a news server for reading: RFC 3977 without posting. It serves a folder, in
// which each subfolder is a newsgroup. In a subfolder, a file whose name is a number is the article
// with that number: a head with a Message-ID, an empty line, a body. A file "newsgroups" in the
// served folder may describe the groups, one per line, the name first.
//
//	mkdir -p /tmp/news/comp.lang.go
//	printf 'From: me@example.com\nSubject: hello\nMessage-ID: <1@a.b>\n\nIs anybody there?\n' \
//	  >/tmp/news/comp.lang.go/1
//	go run ./examples/nntpd -dir /tmp/news
//	go run ./examples/nntp 127.0.0.1:2119
//
// or type it:
//
//	nc -C 127.0.0.1 2119
//	LIST
//	GROUP comp.lang.go
//	OVER 1-
//	ARTICLE 1
//	QUIT
//
// It shows a protocol with a current position, and how much of it can be answered without the disk.
// The folder is read once, at the start, into an index (spool.go). The index never changes, so all
// loops read it without a lock. A name that comes from a client is looked up in the index, never in
// the file system. Texts are read off the loop (internal/texts). To publish new articles, send
// SIGHUP: a successor takes over, and no client is refused.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:2119", "where to listen")
	dir := flag.String("dir", "news", "the folder with the groups")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	s, err := openSpool(*dir, func(fault error) { fmt.Fprintln(os.Stderr, "nntpd: left out:", fault) })
	if err != nil {
		serve.Fatal(err)
	}
	server := newServer(s)
	server.Addr, server.Loops = *addr, *loops
	serve.Main(server)
}

func newServer(s *spool) *chat.Server {
	server := &chat.Server{Handler: s.newSession, MaxConns: 2000, MaxConnsPerAddress: 50}
	server.MaxElement, server.SkipTooLong = maxLine, true
	server.FirstTimeout = time.Minute // somebody may be typing
	server.OnRefuse = func(c *chat.Channel) { c.PushString("400 Too many connections\r\n") }
	return server
}
