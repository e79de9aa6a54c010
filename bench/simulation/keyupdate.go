package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// secrets takes the key log of a handshake.
type secrets struct{ traffic []byte }

func (s *secrets) Write(p []byte) (int, error) {
	f := strings.Fields(string(p))
	if f[0] == "CLIENT_TRAFFIC_SECRET_0" {
		s.traffic, _ = hex.DecodeString(f[2])
	}
	return len(p), nil
}

// updates returns n records that ask for new keys, and a byte of a line behind each, under
// TLS_AES_128_GCM_SHA256.
func (s *secrets) updates(n int) (out []byte) {
	secret := s.traffic
	aead, iv := keys(secret)
	for i := range n {
		out = append(out, record(aead, iv, min(i, 1), 22, 24, 0, 0, 1, 1)...)
		secret = label(secret, "traffic upd", 32)
		aead, iv = keys(secret)
		out = append(out, record(aead, iv, 0, 23, 'x')...)
	}
	return out
}

func keys(secret []byte) (cipher.AEAD, []byte) {
	block, err := aes.NewCipher(label(secret, "key", 16))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead, label(secret, "iv", 12)
}

// label is HKDF-Expand-Label of RFC 8446, 7.1, with an empty context.
func label(secret []byte, name string, n int) []byte {
	info := append([]byte{0, byte(n), byte(6 + len(name))}, "tls13 "+name...)
	key, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		panic(err)
	}
	return key
}

// record is the first or the second under its keys.
func record(aead cipher.AEAD, iv []byte, seq int, kind byte, p ...byte) []byte {
	n := len(p) + 1 + 16
	head := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	nonce := bytes.Clone(iv)
	nonce[len(nonce)-1] ^= byte(seq)
	return aead.Seal(head, nonce, append(p, kind), head)
}
