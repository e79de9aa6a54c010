package chat

// special has a bit for everything that acts on a channel beside its handler. As long as none is
// set, the channel is plain: it takes elements and answers them, as most do most of the time, and
// one comparison lets it go the short ways of delivery and of settle. Whoever begins to act sets
// its bit, and clears it at its end. That the channel has an extension says nothing.
type special uint16

const (
	actsTLS        special = 1 << iota
	actsAsker              // somebody asks for the input: a conversation
	actsTap                // a Tap is told of elements and of what is sent
	actsRate               // a rate limit
	actsTrace              // the log counts what passes
	actsTasks              // work of Go
	actsTerminator         // set in CollectIncomingData, for the next element
	actsUnread             // bytes that Unread gave back come before the rest
	actsCount              // of PauseAfter
	actsBacklog            // broadcasts that wait
	actsHold               // input.holds: input is not delivered
	actsEnd                // life: an end has begun
	actsInput              // input.bits: something about the input is pending
	actsOutput             // output: something about the output is pending
	actsBusy               // the handler is in the middle of a request
)

// set sets or clears a bit.
func (s *special) set(bit special, on bool) {
	if on {
		*s |= bit
	} else {
		*s &^= bit
	}
}
