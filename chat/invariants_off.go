//go:build !invariants

package chat

const (
	atSettle = ""
	atRead   = ""
	atRing   = ""
	atClose  = ""
)

// checkInvariants does nothing: go build -tags=invariants makes it end the program if the state of
// the channel is one that cannot be.
func (c *Channel) checkInvariants(string) {}
