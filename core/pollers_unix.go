//go:build unix && !aix && !linux

package core

var mechanisms = []mechanism{{"poll", newPoll}}
