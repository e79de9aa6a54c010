//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

// Mechanisms are those of this platform.
var Mechanisms = []Mechanism{{"kqueue", newKqueue}, {"poll", newPoll}}
