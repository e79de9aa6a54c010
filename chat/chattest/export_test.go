package chattest

import (
	"net"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// PlayScript is one input of Fuzz, for a fake testing.TB.
var PlayScript = playScript

// SeedScripts are the scripts that Fuzz begins with.
var SeedScripts = seedScripts

// Watch returns p as a channel has it that p was pushed to.
func (s *Side) Watch(p fifo.Producer) fifo.Producer { return s.w.kernel.WatchProducer(p) }

// RaceEnabled says that the race detector is on.
const RaceEnabled = raceEnabled

// EverySplitConnTo is EverySplitConn that reports to a fake testing.TB.
func EverySplitConnTo(tb testing.TB, t *testing.T, serve func(net.Conn), stream string) string {
	return everySplitConn(tb, t, serve, stream)
}

// A ServerConn is what EverySplitConn gives to a server, with its peer.
type ServerConn struct{ *serverConn }

// NewServerConn returns one to which nothing has been sent.
func NewServerConn() ServerConn { return ServerConn{newServerConn()} }

// Deliver sends a piece, Finish ends the input, and Break breaks the connection.
func (c ServerConn) Deliver(piece string) { c.deliver([]byte(piece)) }
func (c ServerConn) Finish()              { c.finish() }
func (c ServerConn) Break()               { c.breakOff() }
