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
// It shows a protocol with a second connection for each transfer, which either side may open. Read
// session.go first: the control connection. It goes on reading during a transfer, since ABOR can
// end the transfer. data.go connects the two connections. transfer.go transfers a file: the disk is
// read and written off the loop, piece by piece, at the speed of the slower side. commands.go and
// files.go have the commands. Pure functions are in address.go for addresses, names.go for paths
// and times, and listing.go for lists.
//
// Every client may log in, under any name; with -write clients may change files too. No path leaves
// the folder, not by a symbolic link either (os.Root). A data connection is made to, and accepted
// from, the host of the control connection alone, or others could be attacked in our name (RFC
// 2577). Without -cert and -key it makes a certificate for itself, as smtpd does. Files are sent as
// they are, in TYPE A too.
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
