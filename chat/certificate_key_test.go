package chat_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// slowHash is asked for in the middle of a signature.
type slowHash struct{ asked func() }

func (h slowHash) HashFunc() crypto.Hash {
	h.asked()
	return crypto.SHA256
}

// The RSA key of CertificateFiles leaves a processor to the loops, whatever number of handshakes
// there are at a time, and does all that others do.
func TestCertificateFilesBoundsSignatures(t *testing.T) {
	certFile, keyFile := pemFiles(t, certificateOf(t, rsaKey()))
	synctest.Test(t, func(t *testing.T) {
		get, err := chat.CertificateFiles(certFile, keyFile)
		require.NoError(t, err)
		cert, err := get(nil)
		require.NoError(t, err)
		var now atomic.Int64
		release := make(chan bool)
		hash := slowHash{func() {
			now.Add(1)
			<-release
			now.Add(-1)
		}}
		digest := sha256.Sum256(nil)
		for range runtime.GOMAXPROCS(0) + 2 {
			go cert.PrivateKey.(crypto.Signer).Sign(nil, digest[:], hash)
		}
		synctest.Wait()
		require.EqualValues(t, max(1, runtime.GOMAXPROCS(0)-1), now.Load())
		close(release)
	})

	get, err := chat.CertificateFiles(certFile, keyFile)
	require.NoError(t, err)
	versions(t, func(t *testing.T, version uint16) {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		server := tls.Server(a, &tls.Config{GetCertificate: get})
		go server.Handshake()
		client := tls.Client(b, &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
		require.NoError(t, client.Handshake())
		go io.WriteString(server, "hello")
		_, err := io.ReadFull(client, make([]byte, 5))
		require.NoError(t, err)
	})
}
