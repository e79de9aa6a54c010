//go:build !unix

package main

import "github.com/go-asynchat/asynchat/chat"

// takeUrgent does nothing here: an ABOR that a client sends as urgent data is not understood.
func takeUrgent(*chat.Channel) {}
