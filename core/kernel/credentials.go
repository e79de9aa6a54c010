package kernel

// Credentials identify the process at the other end of a Unix socket.
type Credentials struct {
	// UID and GID are the effective user and group of the process when the connection was made.
	UID, GID int
	// PID is the number of the process, or 0 if the system does not report it.
	PID int
}

// A PeerIdentifier is a [Kernel] that knows the process at the other end of a Unix socket.
type PeerIdentifier interface {
	// PeerCredentials returns the process at the other end. For any other kind of socket it returns
	// ErrUnsupported.
	PeerCredentials(fd int) (Credentials, error)
}
