package main

import "github.com/panjf2000/gnet/v2"

// gnetEcho reads what there is, and writes once an event. It has one loop, so one buffer is enough.
type gnetEcho struct {
	gnet.BuiltinEventEngine
	out []byte
}

func (e *gnetEcho) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	var n int
	e.out, n = appendLines(e.out[:0], in)
	if n == 0 {
		return gnet.None
	}
	if _, err := c.Discard(n); err != nil {
		return gnet.Close
	}
	if _, err := c.Write(e.out); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func serveGnet(addr string) error {
	return gnet.Run(&gnetEcho{}, "tcp://"+addr, gnet.WithNumEventLoop(1),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay))
}
