package main

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newTestSite(t, nil).NewSession) }
