package certificate

import (
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"
)

// The certificate that is made is good for the name of the host, and for this one.
func TestSelfSigned(t *testing.T) {
	cert, err := selfSigned("mail.example")
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	require.NoError(t, err)
	for _, name := range []string{"mail.example", "localhost", "127.0.0.1"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := Config("no such file", "", "mail.example"); err == nil {
		t.Error("no error without a file")
	}
}
