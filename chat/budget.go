package chat

// defaultStrikes is what a [Budget] allows by default: as much as Postfix does.
const defaultStrikes = 20

// A Budget bounds the bad commands of one peer. Without it a peer could guess passwords, look for
// commands, or send another protocol, without limit. The zero value allows 20. A session has one
// Budget, and calls Strike whenever it refuses a command.
type Budget struct {
	// Strikes is the number of bad commands at which the channel is closed. 0 means 20, NoLimit any
	// number.
	Strikes int

	used int
}

// Strike records a bad command. With the last allowed bad command, Strike sends lastWord, which
// must include its line end, and calls CloseWhenDone. From then on Strike returns true, and the
// session need not answer any more.
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

// Forgive sets the count back to 0, for example after a login.
func (b *Budget) Forgive() { b.used = 0 }
