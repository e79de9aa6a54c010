package chat

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"reflect"
)

var (
	errNoConfig      = errors.New("there is no configuration")
	errNoCertificate = errors.New("the configuration of a server has none of Certificates, " +
		"GetCertificate and GetConfigForClient")
	errNoServerName = errors.New("the configuration of a client has neither ServerName nor " +
		"InsecureSkipVerify")
)

// checkTLS returns what a configuration lacks for a role, nil if that is nothing.
func checkTLS(config *tls.Config, client bool) error {
	switch {
	case config == nil:
		return errNoConfig
	case client && config.ServerName == "" && !config.InsecureSkipVerify:
		return errNoServerName
	case !client && len(config.Certificates) == 0 && config.GetCertificate == nil &&
		config.GetConfigForClient == nil:
		return errNoCertificate
	}
	return nil
}

// A burden is what a handshake does to whoever runs it.
type burden uint8

const (
	light    burden = iota // it computes, for well below a millisecond
	computes               // longer
	waits                  // it may wait for others
)

// burdenOf returns the burden of a handshake: it may wait where the configuration calls what is not
// crypto/tls, or the system, whose roots are read from files, and on some platforms asks others for
// them.
func burdenOf(config *tls.Config, client bool) burden {
	verifies := client && !config.InsecureSkipVerify && config.RootCAs == nil ||
		!client && config.ClientAuth >= tls.VerifyClientCertIfGiven && config.ClientCAs == nil
	switch {
	case verifies, config.Rand != nil, config.KeyLogWriter != nil,
		config.GetCertificate != nil, config.GetClientCertificate != nil,
		config.GetConfigForClient != nil, config.GetEncryptedClientHelloKeys != nil,
		config.VerifyPeerCertificate != nil, config.VerifyConnection != nil,
		config.EncryptedClientHelloRejectionVerify != nil,
		config.WrapSession != nil, config.UnwrapSession != nil,
		client && isForeign(config.ClientSessionCache):
		return waits
	}
	most := light
	for i := range config.Certificates {
		most = max(most, burdenOfKey(config.Certificates[i].PrivateKey))
	}
	return most
}

// burdenOfKey returns the burden of a signature. That of an unknown kind of key may be made by
// hardware, or by another machine.
func burdenOfKey(key any) burden {
	switch key := key.(type) {
	case nil, ed25519.PrivateKey:
		return light
	case *ecdsa.PrivateKey:
		if key.Curve.Params().BitSize <= 256 {
			return light
		}
		return computes
	case *rsa.PrivateKey:
		return computes
	}
	return waits
}

var lru = reflect.TypeOf(tls.NewLRUClientSessionCache(1))

// isForeign reports whether a cache is not that of crypto/tls, which is a map.
func isForeign(cache tls.ClientSessionCache) bool {
	return cache != nil && reflect.TypeOf(cache) != lru
}
