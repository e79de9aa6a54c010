//go:build !unix || aix

package serve

import "net"

func inherited() ([]net.Listener, error) { return nil, nil }

func ready() {}

func onTakeOver([]net.Listener) <-chan struct{} { return nil }
