package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

var (
	loops   int
	rsaBits int
)

// newKey makes the key that is cheapest for the server, or with -rsa one with which the server has
// most of the work.
func newKey() (crypto.Signer, error) {
	if rsaBits > 0 {
		return rsa.GenerateKey(rand.Reader, rsaBits)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// config is for one run: TLS 1.3, a certificate that nobody has signed.
func config() (*tls.Config, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion: tls.VersionTLS13}, nil
}

func listenTLS(addr string, h chat.NewHandler) error {
	c, err := config()
	if err != nil {
		return err
	}
	return (&chat.Server{Addr: addr, Loops: loops, Handler: h, TLSConfig: c}).ListenAndServe()
}

func serveTLS(addr string) error {
	return listenTLS(addr, chat.Messages(crlf, echoLine))
}

func serveTLSConversation(addr string) error { return listenTLS(addr, chat.Converse(converse)) }

func serveNetTLS(addr string) error {
	c, err := config()
	if err != nil {
		return err
	}
	return each(addr, func(conn net.Conn) func() { return func() { echo(tls.Server(conn, c), nil) } })
}
