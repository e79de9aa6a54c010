package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// Attach on a connection that is being made sets the handler that is called once it is made, or has
// failed, as SetWant sets what is wanted then. What makes the connection goes on.
func TestAttachWhileDialing(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(n *slowNet, c *core.Conn)
		want string
	}{
		{"made", func(n *slowNet, c *core.Conn) { n.make(there) }, "second connect"},
		{"closed", func(n *slowNet, c *core.Conn) { c.Close() }, "second closed, failed false"},
		{"refused", func(n *slowNet, c *core.Conn) { n.refuse(there) }, "second closed, failed true"},
		{"late", func(n *slowNet, c *core.Conn) { n.pass(time.Hour) }, "second closed, failed true"},
	} {
		w, n := onSlowNet(t)
		c, err := core.Dial(w.l, "tcp", there, w.noting("first"), core.Writable)
		require.NoError(t, err)
		second := w.noting("second")
		second.closed = func(err error) { w.note("second closed, failed %t", err != nil) }
		require.NoError(t, c.Attach(second, core.Readable), tt.name)
		tt.then(n, c)
		w.settle()
		w.check(tt.want)
		if tt.name == "made" {
			require.Equal(t, core.Readable, c.Want())
			c.Close()
		}
		n.checkQuiet(0)
	}
}
