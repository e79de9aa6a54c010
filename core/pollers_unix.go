//go:build illumos || solaris

package core

var mechanisms = []mechanism{{"poll", newPoll}}
