package kernel

// Credentials say which process is at the other end of a Unix socket.
type Credentials struct {
	// UID and GID are the effective user and group of the process when the connection was made.
	UID, GID int
	// PID is its number, 0 where the system does not tell.
	PID int
}

// A PeerIdentifier is a [Kernel] that knows which process is at the other end of a Unix socket.
type PeerIdentifier interface {
	// PeerCredentials returns that process. For a socket of another kind it is ErrUnsupported.
	PeerCredentials(fd int) (Credentials, error)
}
