package chat

import (
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/core"
)

// HandleListenerClosed is called when a listener of the serving is closed: the one that was adopted
// goes with it. If it has failed, those who run the server must learn of that: a Serve ends.
func (v *serving) HandleListenerClosed(err error) {
	v.origin.Close()
	if err == nil {
		return
	}
	err = withWayOut(err)
	logger := v.baseLogger()
	if logger == nil {
		logger = v.group.Loops()[0].Logger()
	}
	logger.Error("the listener has failed", "addr", v.origin.Addr(), "error", err)
	if v.own && v.failure.CompareAndSwap(nil, &err) {
		v.drain()
	}
}

// isQuiet is called once, when the serving drains and its last channel has gone.
func (v *serving) isQuiet() {
	close(v.quiet)
	if v.failure.Load() != nil {
		v.group.Stop()
	}
}

// result returns what Serve returns when its loops have ended.
func (v *serving) result() error {
	if err := v.failure.Load(); err != nil {
		return *err
	}
	return ErrServerClosed
}

// withWayOut says what to use instead of a listener that cannot be served.
func withWayOut(err error) error {
	if !errors.Is(err, core.ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w; for TLS see Server.TLSConfig, for an access list OnAccept, for limits "+
		"MaxConns, for PROXY headers ProxyFrom, and for other connections Talk", err)
}
