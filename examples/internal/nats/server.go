package nats

import (
	"errors"
	"net"
	"net/url"
)

// A Server is where a client connects to, and what it says who it is.
type Server struct {
	Addr           string // host:port
	Token          string
	User, Password string
}

// ParseURL reads nats://host:port, nats://token@host:port or nats://user:password@host:port. The
// port is 4222 if there is none.
func ParseURL(s string) (Server, error) {
	u, err := url.Parse(s)
	if err != nil {
		// Not what url has to say: it repeats the token.
		return Server{}, errors.New("nats: malformed URL")
	}
	if u.Scheme != "nats" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return Server{}, errors.New("nats: the URL is not nats://[token@]host[:port]")
	}
	port := u.Port()
	if port == "" {
		port = "4222"
	}
	server := Server{Addr: net.JoinHostPort(u.Hostname(), port)}
	if password, ok := u.User.Password(); ok {
		server.User, server.Password = u.User.Username(), password
	} else {
		server.Token = u.User.Username()
	}
	return server, nil
}
