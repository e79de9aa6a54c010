package main

import "github.com/tidwall/evio"

// serveEvio has one loop, and one input buffer for all connections. What is left of a line is kept
// by the connection.
func serveEvio(addr string) error {
	var out []byte
	return evio.Serve(evio.Events{
		NumLoops: 1,
		Opened: func(c evio.Conn) ([]byte, evio.Options, evio.Action) {
			c.SetContext(new([]byte))
			return nil, evio.Options{ReuseInputBuffer: true}, evio.None
		},
		Data: func(c evio.Conn, in []byte) ([]byte, evio.Action) {
			rest := c.Context().(*[]byte)
			if len(*rest) > 0 {
				in = append(*rest, in...)
			}
			var n int
			out, n = appendLines(out[:0], in)
			*rest = append((*rest)[:0], in[n:]...)
			return out, evio.None
		},
	}, "tcp://"+addr)
}
