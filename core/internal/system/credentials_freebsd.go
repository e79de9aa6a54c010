package system

// peerPID returns 0: x/sys does not show that part of struct xucred.
func peerPID(int) int { return 0 }
