//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package core

var mechanisms = []mechanism{{"kqueue", newKqueue}, {"poll", newPoll}}
