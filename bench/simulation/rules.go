package sim

// rules are those of ends and clocks that some verdicts go by. What breaks a rule that is not kept
// yet is forgiven; Options.Strict asks what would be found.
type rules struct {
	// What the peer has sent before a reset is delivered, although a write has failed meanwhile.
	ends bool
	// Nobody who was in time is closed as late when only the servers stood still, or a callback took
	// its time.
	clocks bool
	// A pause stops the clock of the input, and what was used of it stays used: also where a
	// conversation reads with deadlines.
	pauses bool
	// A dial is not given up as late when only its own loop stood still.
	dials bool
	// Ciphertext that brings no element moves no clock: a record that drips is an element that does.
	ciphertext bool
	// What crypto/tls writes by itself is held within the limits of output: who asks for it without
	// end and reads nothing is not listened to any more, or closed.
	wire bool
	// A broadcast to oneself comes in order with own pushes, and before one's own end.
	order bool
}

// kept are those that the framework keeps in all worlds. The verdicts of the others do not know all
// reasons yet for which a channel may be closed.
var kept = rules{ends: true, clocks: true, pauses: true, dials: true, ciphertext: true, wire: true, order: true}
