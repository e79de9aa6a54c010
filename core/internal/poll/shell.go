//go:build (!unix && !windows) || aix

package poll

import (
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Mechanisms are those of this platform: none is written for it yet. A new platform has a file
// pollers_NAME.go with the names and constructors of its pollers, and leaves the build tag above.
var Mechanisms []Mechanism

// A shell has the shape of a poller, and refuses everything. Copy it, and fill it; the contract of
// each method is at [kernel.Poller], and kerneltest.TestPoller checks it.
type shell struct{}

var _ kernel.Poller = shell{}

func (shell) Name() string                                         { return "shell" }
func (shell) Add(fd int, token uint64, want kernel.Ready) error    { return kernel.ErrUnsupported }
func (shell) Modify(fd int, token uint64, want kernel.Ready) error { return kernel.ErrUnsupported }
func (shell) Remove(fd int) error                                  { return kernel.ErrUnsupported }
func (shell) Wait([]kernel.Event, time.Duration) (n int, err error) {
	return 0, kernel.ErrUnsupported
}
func (shell) Wake() error  { return kernel.ErrUnsupported }
func (shell) Close() error { return nil }
