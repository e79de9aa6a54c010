package main

import "github.com/lesismal/nbio"

// serveNbioEcho has one poller, on which lines are answered.
func serveNbioEcho(addr string) error {
	engine := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{addr}, NPoller: 1})
	engine.OnOpen(func(c *nbio.Conn) { c.SetSession(new([]byte)) })
	var out []byte
	engine.OnData(func(c *nbio.Conn, in []byte) {
		rest := c.Session().(*[]byte)
		if len(*rest) > 0 {
			in = append(*rest, in...)
		}
		var n int
		out, n = appendLines(out[:0], in)
		*rest = append((*rest)[:0], in[n:]...)
		if n > 0 {
			c.Write(out)
		}
	})
	if err := engine.Start(); err != nil {
		return err
	}
	select {}
}
