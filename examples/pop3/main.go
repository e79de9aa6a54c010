// Command pop3 serves the mail that smtpd has stored: RFC 1939 with CAPA, STLS, TOP, UIDL and
// PIPELINING. With smtpd it is a mail store for the usual mail programs.
//
//	go run ./examples/smtpd -dir /tmp/Maildir
//	echo banana >/tmp/password
//	go run ./examples/pop3 -dir /tmp/Maildir -user kong -password-file /tmp/password
//	curl --user kong:banana pop3://127.0.0.1:2110/1
//
// or type it:
//
//	nc -C 127.0.0.1 2110
//	USER kong
//	PASS banana
//	STAT
//	TOP 1 0
//	DELE 1
//	QUIT
//
// It shows how texts of any size are sent. Replies of many lines are producers, and the next
// command waits until they are sent. The disk is read off the loop, one piece at a time
// (internal/texts). Read session.go first, then commands.go. maildrop.go is the folder, which only
// one session at a time may use. Mails that the session deletes are removed at QUIT; if the
// connection breaks, they stay.
//
// A password is accepted only over TLS, or from this machine. On a network, plain text would reveal
// it. So USER is refused there, and a client that waits for this answer does not send its password.
// Without -cert and -key it makes a certificate for itself, as smtpd does.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:2110", "where to listen")
	dir := flag.String("dir", "Maildir", "the Maildir, which must be there")
	user := flag.String("user", "kong", "whose it is")
	file := flag.String("password-file", "", "file with the password, in its first line")
	cert := flag.String("cert", "", "file of the certificate, PEM")
	key := flag.String("key", "", "file of its key")
	implicit := flag.Bool("tls", false, "TLS from the first byte, as on port 995, in place of STLS")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	s, err := newSite(*dir, *user, *file, *cert, *key)
	if err != nil {
		serve.Fatal(err)
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
	root     *os.Root
	user     [sha256.Size]byte
	password [sha256.Size]byte
	tls      *tls.Config
	isHere   func(net.Addr) bool // the function of that name
}

// isHere reports whether a peer is on this machine.
func isHere(addr net.Addr) bool {
	switch addr := addr.(type) {
	case *net.TCPAddr:
		return addr.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}

func newSite(dir, user, passwordFile, cert, key string) (*site, error) {
	password, err := readPassword(passwordFile)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	s := &site{user: sha256.Sum256([]byte(user)),
		password: sha256.Sum256([]byte(password)), isHere: isHere}
	if s.tls, err = certificate.Config(cert, key, host); err != nil {
		return nil, err
	}
	s.root, err = os.OpenRoot(dir)
	return s, err
}

// readPassword reads it from a file: everybody on the machine can see what a process was started
// with.
func readPassword(file string) (string, error) {
	if file == "" {
		return "", errors.New("-password-file says where the password is, and is missing")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	// The blanks at the ends of a command do not count either.
	if line = strings.TrimSpace(line); line == "" {
		return "", fmt.Errorf("%s: no password in the first line", file)
	}
	return line, nil
}

// admits takes the same time for every user and password, of whatever length they are.
func (s *site) admits(user, password string) bool {
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(u[:], s.user[:])&
		subtle.ConstantTimeCompare(p[:], s.password[:]) == 1
}

func (s *site) server() *chat.Server {
	server := &chat.Server{Handler: s.newSession, MaxConns: 1000, MaxConnsPerAddress: 20}
	server.MaxElement, server.SkipTooLong = maxLine, true
	server.FirstTimeout = time.Minute // somebody may be typing
	server.IdleTimeout = time.Minute
	server.Lifetime = 2 * time.Minute // without logging in
	server.OnRefuse = func(c *chat.Channel) {
		c.PushString("-ERR [SYS/TEMP] Too many connections\r\n")
	}
	return server
}
