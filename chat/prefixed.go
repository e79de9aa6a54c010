package chat

import "net"

// prefixedConn is a connection of which something has been read already.
type prefixedConn struct {
	net.Conn
	in []byte
}

func (c *prefixedConn) Read(p []byte) (int, error) {
	if len(c.in) > 0 {
		n := copy(p, c.in)
		c.in = c.in[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
