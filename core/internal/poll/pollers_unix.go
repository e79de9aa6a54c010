//go:build illumos || solaris

package poll

// Mechanisms are those of this platform.
var Mechanisms = []Mechanism{{"poll", newPoll}}
