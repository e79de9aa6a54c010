//go:build (!unix && !windows) || aix

package system

import (
	"github.com/go-asynchat/asynchat/core/internal/poll"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Kernel of this platform is not written yet. Programs compile, the simulated kernel works, and
// there is no mechanism with which New could be called. A new platform has the methods of
// [kernel.Kernel] here, of which those of Unix are in *_unix.go; package kerneltest checks them.
type Kernel struct{ kernel.Kernel }

// New returns a kernel whose pollers are of the mechanism m.
func New(poll.Mechanism) *Kernel { panic("core: no mechanism") }
