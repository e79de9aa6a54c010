package main

var tlsServers = []subject{
	{name: ours, command: "{serve} -kind tls -addr {addr}"},
	{name: conversation, command: "{serve} -kind tls-talk -addr {addr}"},
	{name: netBufio, command: "{serve} -kind net-tls -addr {addr}"},
}

// tlsWorkload is the closed loop over TLS. Its load is crypto/tls too, and costs as much as the
// server.
func tlsWorkload() *workload {
	w := &workload{
		name: "tls", title: "Echo over TLS", unit: "line", subjects: tlsServers,
		reference: []string{netBufio}, metrics: []string{"cpu", "rate", "p99"}, seconds: .2,
		about: "Lines of 32 bytes over 50 connections of TLS 1.3: ours is crypto/tls on the loop, net " +
			"is crypto/tls over net.Conn with a goroutine for each connection. The load is of that kind " +
			"too, and costs as much as the server: what tells is the server's processor time.",
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureLoad(s, c.args("closed", "-tls")...)
		},
	}
	for _, depth := range []int{1, 16} {
		c := echoCell(50, depth, 32)
		c.quick = true
		w.cells = append(w.cells, c)
	}
	return w
}
