package chat

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"io"
	"os"
	"runtime"
	"sync"
)

// CertificateFiles returns a function for tls.Config.GetCertificate that serves the certificate in
// two PEM files, and reads the files again when they have changed. So a renewal needs no restart.
// At each handshake it compares the files' times, sizes and identities, which costs little compared
// with the handshake. While the files cannot be used, it goes on with the last certificate.
// CertificateFiles itself fails if they cannot be used at first. Any goroutine may call the
// function.
func CertificateFiles(
	certFile, keyFile string,
) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	f := &certificateFiles{cert: certFile, key: keyFile,
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f.get, nil
}

type certificateFiles struct {
	cert, key string
	slots     chan struct{} // for signatures that are computed

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]os.FileInfo
}

func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now, err := f.look(); err == nil && !(same(now[0], f.seen[0]) && same(now[1], f.seen[1])) {
		f.load()
	}
	return f.current, nil
}

func (f *certificateFiles) look() (now [2]os.FileInfo, err error) {
	for i, name := range []string{f.cert, f.key} {
		if now[i], err = os.Stat(name); err != nil {
			return now, err
		}
	}
	return now, nil
}

// same compares more than the times: those of files written within a few milliseconds may be equal.
func same(a, b os.FileInfo) bool {
	return a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && os.SameFile(a, b)
}

// load takes over what is in the files, if it is a pair: while they are being replaced, it may not
// be.
func (f *certificateFiles) load() error {
	now, err := f.look()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	if key, ok := pair.PrivateKey.(*rsa.PrivateKey); ok {
		pair.PrivateKey = boundedKey{key, f.slots}
	}
	f.current, f.seen = &pair, now
	return nil
}

// A boundedKey signs only when it has one of the slots. A handshake that calls for its certificate
// may wait for others, so it is on a worker of which there are more than processors.
type boundedKey struct {
	*rsa.PrivateKey
	slots chan struct{}
}

func (k boundedKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.slots <- struct{}{}
	defer func() { <-k.slots }()
	return k.PrivateKey.Sign(rand, digest, opts)
}
