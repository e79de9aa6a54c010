package core

import (
	"net"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// NoKeepAlive is a [net.KeepAliveConfig] that turns TCP keep-alive off.
var NoKeepAlive = net.KeepAliveConfig{Idle: -1, Interval: -1, Count: -1}

// The defaults of package net.
const (
	defaultKeepAliveIdle     = 15 * time.Second
	defaultKeepAliveInterval = 15 * time.Second
	defaultKeepAliveCount    = 9
)

// setKeepAlive has the system probe the silent peer of a TCP socket, or those of the connections
// that a listener accepts. The zero configuration is the defaults; one that is not enabled
// otherwise turns keep-alive off. A field that is negative, or for which the system has no option,
// leaves the system's value as it is.
func setKeepAlive(k Kernel, fd int, config net.KeepAliveConfig) error {
	if config == (net.KeepAliveConfig{}) {
		config.Enable = true
	}
	if !config.Enable {
		return k.SetOption(fd, KeepAlive, 0)
	}
	if config.Count == 0 {
		config.Count = defaultKeepAliveCount
	}
	for _, o := range []struct {
		option SocketOption
		value  int
	}{
		{KeepAlive, 1},
		{KeepAliveIdle, seconds(config.Idle, defaultKeepAliveIdle)},
		{KeepAliveInterval, seconds(config.Interval, defaultKeepAliveInterval)},
		{KeepAliveCount, config.Count},
	} {
		if o.value < 0 {
			continue
		}
		err := k.SetOption(fd, o.option, o.value)
		if err != nil && err != syscall.ENOPROTOOPT {
			return kernel.OpError("set", "setsockopt "+o.option.String(), "tcp", nil, err)
		}
	}
	return nil
}

// seconds rounds d up, since the system counts in seconds.
func seconds(d, byDefault time.Duration) int {
	switch {
	case d == 0:
		d = byDefault
	case d < 0:
		return -1
	}
	return int((d + time.Second - 1) / time.Second)
}

// An inheritance says whether what is accepted has the listener's keepAlive by itself.
type inheritance uint8

const (
	inherited    inheritance = iota // it has, or there is none
	older                           // not the next connection: it may be older than the listener
	asked                           // the next connection shows
	notInherited                    // not on this system
)

// keepAliveOf sees to it that a silent peer is probed. Should it fail, it is not probed.
func (ln *Listener) keepAliveOf(fd int) {
	if ln.inherits == asked {
		config := ln.keepAlive
		on, err := ln.loop.kernel.Option(fd, KeepAlive)
		if err == nil && (on != 0) == (config.Enable || config == net.KeepAliveConfig{}) {
			ln.inherits = inherited
			return
		}
		ln.inherits = notInherited
	}
	setKeepAlive(ln.loop.kernel, fd, ln.keepAlive)
}
