package chat

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// CertificateFiles returns a function for tls.Config.GetCertificate that serves the certificate in two PEM files, and a new one when the files have
// changed: a renewal needs no restart. It looks at the files' times at each handshake, which is nothing beside that. As long as what they hold cannot be used,
// it goes on with what it had. It fails if they cannot be used at first. Any goroutine may call the function.
func CertificateFiles(certFile, keyFile string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	f := &certificateFiles{cert: certFile, key: keyFile}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f.get, nil
}

type certificateFiles struct {
	cert, key string

	mu      sync.Mutex
	current *tls.Certificate
	changed [2]time.Time
}

func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if times, err := f.times(); err == nil && times != f.changed {
		f.load()
	}
	return f.current, nil
}

func (f *certificateFiles) times() (times [2]time.Time, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return times, err
		}
		times[i] = info.ModTime()
	}
	return times, nil
}

// load takes over what is in the files, if it is a pair: while they are being replaced, it may not be.
func (f *certificateFiles) load() error {
	times, err := f.times()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.current, f.changed = &pair, times
	return nil
}
