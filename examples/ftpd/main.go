// Command ftpd serves the files below a folder: FTP as of RFC 959, 2228, 2389, 2428, 3659 and 4217.
//
//	go run ./examples/ftpd -root /srv/files -write
//	curl ftp://127.0.0.1:2121/
//	lftp -e 'set ssl:verify-certificate no' 127.0.0.1:2121
//
// or type it:
//
//	nc -C 127.0.0.1 2121
//	USER me
//	PASS anything
//	EPSV
//	LIST
//
// It shows a protocol with a second connection for each transfer, that either side may open. Read
// session.go first: the control connection, which goes on listening during a transfer, since ABOR
// ends that. data.go is how the two connections find each other, transfer.go what goes over the
// second one: the disk is read and written off the loop, a piece at a time, at the pace of the
// slower side. commands.go and files.go have what the commands do. What is pure is apart:
// address.go for where to connect, names.go for paths and times, listing.go for lists.
//
// Whoever comes is let in, under any name; -write lets them change files too. No path leaves the
// folder, not by a symbolic link either (os.Root). A data connection is made to, and accepted from,
// the host of the control connection alone, or others could be attacked in our name (RFC 2577).
// Without -cert and -key it makes a certificate for itself, as smtpd does. Files are sent as they
// are, in TYPE A too.
package main

import (
	"crypto/tls"
	"flag"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:2121", "where to listen")
	root := flag.String("root", ".", "the folder, which must be there")
	write := flag.Bool("write", false, "let clients change files")
	cert := flag.String("cert", "", "file of the certificate, PEM")
	key := flag.String("key", "", "file of its key")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	s, err := newSite(*root, *cert, *key, *write)
	if err != nil {
		serve.Fatal(err)
	}
	server := s.server()
	server.Addr, server.Loops = *addr, *loops
	serve.Main(server)
}

// A site is what all sessions share, on whatever loop they are.
type site struct {
	root     *os.Root
	write    bool
	tls      *tls.Config
	dataWait time.Duration // how long a command waits for its data connection
	stall    time.Duration // how long a client may take nothing of what is sent
}

func newSite(root, cert, key string, write bool) (*site, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	s := &site{write: write, dataWait: time.Minute,
		stall: chat.DefaultLimits().StallTimeout}
	if s.tls, err = certificate.Config(cert, key, host); err != nil {
		return nil, err
	}
	s.root, err = os.OpenRoot(root)
	return s, err
}

func (s *site) server() *chat.Server {
	server := &chat.Server{Handler: s.newSession, MaxConns: 1000, MaxConnsPerAddress: 50}
	server.MaxElement, server.SkipTooLong = maxLine, true
	server.FirstTimeout = time.Minute // somebody may be typing
	server.OnRefuse = func(c *chat.Channel) { c.PushString("421 Too many connections\r\n") }
	return server
}
