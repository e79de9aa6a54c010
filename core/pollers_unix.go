//go:build unix && !linux

package core

var mechanisms = []mechanism{{"poll", newPoll}}
