package kernel

// A SocketOption is a property of a socket that may be set at any time. Settings that are needed
// before a socket is bound are in [ListenOptions].
type SocketOption uint8

// Switches are 0 or 1. KeepAliveIdle, KeepAliveInterval and Linger are in seconds, buffers in
// bytes.
const (
	// TCP: send each write at once, without waiting for more data; on from the start
	NoDelay SocketOption = iota
	// probe a silent peer, so that one that has vanished is noticed
	KeepAlive
	KeepAliveIdle     // silence before the first probe
	KeepAliveInterval // time between two probes
	KeepAliveCount    // unanswered probes until the connection is broken
	// 0: a close resets the connection; n > 0: a close may block for n s; negative, as from the start:
	// neither
	Linger
	ReceiveBuffer // the system may round it, and Linux doubles it
	SendBuffer    // the same
	TypeOfService // the TOS byte of IPv4, the traffic class of IPv6
	Broadcast     // UDP: may send to broadcast addresses
	MulticastTTL  // UDP: how many routers a multicast passes, 1 from the start
	// UDP: own multicasts come back to this host, as from the start
	MulticastLoop
	numOptions
)

var optionNames = [numOptions]string{"NoDelay", "KeepAlive", "KeepAliveIdle", "KeepAliveInterval",
	"KeepAliveCount", "Linger",
	"ReceiveBuffer", "SendBuffer", "TypeOfService", "Broadcast", "MulticastTTL", "MulticastLoop"}

func (o SocketOption) String() string {
	if o < numOptions {
		return optionNames[o]
	}
	return "SocketOption(?)"
}
