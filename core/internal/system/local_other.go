//go:build unix && !aix && !linux && !darwin && !freebsd && !openbsd

package system

import (
	"net/netip"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Of these systems x/sys does not know all that local addresses need.

func localOf([]byte) netip.Addr { return netip.Addr{} }

func sendFrom(netip.Addr) ([]byte, error) { return nil, kernel.ErrUnsupported }
