// Package poll has the pollers of the operating systems, each a [kernel.Poller] on one mechanism,
// and what they are made of: wakers, and what differs between systems of one mechanism.
// pollers_*.go lists what a platform has; shell.go is where to begin with a new one.
package poll

import "github.com/go-asynchat/asynchat/core/kernel"

// A Mechanism is a way to wait for descriptors. The platform's best comes first in Mechanisms.
type Mechanism struct {
	// Name is that of its pollers.
	Name string
	// Open returns a new poller.
	Open func() (kernel.Poller, error)
}
