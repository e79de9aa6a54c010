package chat

// defaultStrikes is what a [Budget] allows by default: as much as Postfix does.
const defaultStrikes = 20

// A Budget bounds the bad commands of one peer, which otherwise may try forbidden commands forever:
// it guesses passwords, looks for commands, or speaks another protocol. The zero value allows 20. A
// session has one, and calls Strike where it refuses something.
type Budget struct {
	// Strikes is how many there are; with the last of them the channel is closed. 0 means
	// 20, NoLimit any number.
	Strikes int

	used int
}

// Strike records a bad command. The last one allowed sends lastWord verbatim, with its line end,
// and calls CloseWhenDone. From then on Strike returns true, and the session need not answer any
// more.
func (b *Budget) Strike(c *Channel, lastWord string) (out bool) {
	limit := b.Strikes
	orDefault(&limit, defaultStrikes)
	if limit < 0 || b.used >= limit {
		return limit >= 0
	}
	if b.used++; b.used < limit {
		return false
	}
	c.PushString(lastWord)
	c.CloseWhenDone()
	return true
}

// Forgive begins anew, say for a peer that has logged in.
func (b *Budget) Forgive() { b.used = 0 }
