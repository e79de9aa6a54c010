package sim

// The rules of ends and clocks that a verdict goes by, where the framework does not keep them all
// yet. A rule that is false has its verdict left out: what breaks it is forgiven. They are
// variables so that a run can ask what would be found: see Options.Strict.
type rules struct {
	// What the peer has sent before a reset is delivered, although a write has failed meanwhile.
	ends bool
	// Nobody who was in time is closed as late when only the servers stood still, or a callback took
	// its time.
	clocks bool
	// A pause stops the clock of the input, and what was used of it stays used: also for a conversation
	// that reads with deadlines.
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

// kept are those that hold.
var kept = rules{}
