//go:build (!unix && !windows) || aix

package core

// No poller is written for this platform yet. Programs compile, the simulated kernel works, New says ErrUnsupported.
var mechanisms []mechanism

func newSystem(mechanism) Kernel { panic("core: no mechanism") }
