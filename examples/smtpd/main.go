// Command smtpd receives mail and keeps it in a Maildir: RFC 5321 with the extensions that mailers
// use, PIPELINING, SIZE, 8BITMIME, SMTPUTF8, CHUNKING, ENHANCEDSTATUSCODES, STARTTLS and AUTH. It
// accepts every recipient, and stores each message as it came, byte for byte, without the envelope.
//
//	go run ./examples/smtpd -dir /tmp/Maildir
//	swaks --server 127.0.0.1:2525 --to kong@example.com -tls
//	ls /tmp/Maildir/new
//
// or type it:
//
//	nc -C 127.0.0.1 2525
//	EHLO me
//	MAIL FROM:<me@example.com>
//	RCPT TO:<kong@example.com>
//	DATA
//	Subject: hello
//
//	Are you there?
//	.
//	QUIT
//
// Read session.go first: how an element is a command, a text or a chunk. commands.go has what the
// commands do, address.go their arguments. message.go has the message in progress. maildir.go
// writes it to the disk, off the loop; the client gets the acceptance only afterwards.
//
// With -users FILE only the users in the file may send, as on the ports of submission. It has one
// line NAME:PASSWORD for each user. Passwords are accepted only over TLS: see auth.go.
//
// Without -cert and -key it makes its own certificate. Such a certificate does not prove the
// identity of the server, but a passive listener cannot read the mail.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:2525", "where to listen")
	dir := flag.String("dir", "Maildir", "the Maildir, which is made if there is none")
	cert := flag.String("cert", "", "file of the certificate, PEM")
	key := flag.String("key", "", "file of its key")
	implicit := flag.Bool("tls", false,
		"TLS from the first byte, as on port 465, in place of STARTTLS")
	userFile := flag.String("users", "",
		"file of those who may send, NAME:PASSWORD; empty: anybody may")
	maxSize := flag.Int64("max-size", 25<<20, "bytes of the largest message")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	s, err := newSite(*dir, *cert, *key, *maxSize)
	if err != nil {
		serve.Fatal(err)
	}
	if *userFile != "" {
		if s.users, err = readUsers(*userFile); err != nil {
			serve.Fatal(err)
		}
	}
	server := s.server()
	server.Addr, server.Loops = *addr, *loops
	if *implicit {
		server.TLSConfig = s.tls
	}
	serve.Main(server)
}

// A site is what all sessions share, on whatever loop they are.
type site struct {
	host    string
	mail    *maildir
	tls     *tls.Config
	maxSize int64
	users   users // nil: anybody may send
}

func newSite(dir, cert, key string, maxSize int64) (*site, error) {
	if maxSize < 1 || maxSize > 1<<40 {
		return nil, fmt.Errorf("-max-size %d is not from 1 to 2^40", maxSize)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	s := &site{host: host, maxSize: maxSize}
	if s.tls, err = certificate.Config(cert, key, host); err != nil {
		return nil, err
	}
	s.mail, err = openMaildir(dir, host)
	return s, err
}

func (s *site) server() *chat.Server {
	server := &chat.Server{Handler: s.newSession, MaxConns: 2000, MaxConnsPerAddress: 100}
	server.FirstTimeout = time.Minute // somebody may be typing
	// It takes messages for kept in memory, where no more than a part of one is.
	server.MaxTotalBuffered = chat.NoLimit
	server.OnRefuse = func(c *chat.Channel) { c.PushString("421 4.7.0 Too many connections\r\n") }
	return server
}
