package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

var (
	loops   int
	rsaBits int
	files   bool
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
	if files {
		return fromFiles(der, key)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion: tls.VersionTLS13}, nil
}

// fromFiles is the configuration with a certificate that chat.CertificateFiles reads.
func fromFiles(der []byte, key crypto.Signer) (*tls.Config, error) {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	names := [2]string{filepath.Join(dir, "cert"), filepath.Join(dir, "key")}
	for i, block := range []pem.Block{
		{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(names[i], pem.EncodeToMemory(&block), 0o600); err != nil {
			return nil, err
		}
	}
	get, err := chat.CertificateFiles(names[0], names[1])
	return &tls.Config{GetCertificate: get, MinVersion: tls.VersionTLS13}, err
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
