package chat

import "sync/atomic"

// shared is what any goroutine may ask of a channel, and say to it. The bits above these count what
// was posted and has not run.
type shared struct{ atomic.Uint32 }

const (
	isGone   uint32 = 1 << iota // closed
	hasRooms                    // it is in a Room
	hasMail                     // a broadcast for it waits in the outbox of its loop
	onePost
)

func (s *shared) gone() bool   { return s.Load()&isGone != 0 }
func (s *shared) posted() bool { return s.Load() >= onePost }
func (s *shared) addPost()     { s.Add(onePost) }
func (s *shared) dropPost()    { s.Add(^(onePost - 1)) }

// collectMail says that nothing waits in the outbox any more.
func (s *shared) collectMail() {
	if s.Load()&hasMail != 0 {
		s.And(^hasMail)
	}
}

// Closed reports whether the channel has been closed; HandleClose may still be to come. Any
// goroutine may call it.
func (c *Channel) Closed() bool { return c.shared.gone() }

// Post runs f on the channel's loop. Any goroutine may call it. If it returns nil, f runs, even if
// the channel is closed before; otherwise it returns [ErrClosed]. If f panics, the channel is
// closed.
//
// What a callback of the channel posts runs before the next one that brings input, and before an
// end: CloseWhenDone, CloseWrite and the end of the peer wait for it, as for work of [Channel.Go],
// and it may push until then. So it makes no difference whether the next element has come already.
// The same is true of [Channel.After] without a time. A channel that posts again and again does not
// wait for ever: after a hundred turns its input goes on.
func (c *Channel) Post(f func()) error {
	if c.shared.gone() {
		return ErrClosed
	}
	c.shared.addPost()
	err := c.conn.Post(func() {
		c.shared.dropPost()
		c.callPosted(f)
		c.postsRan()
	})
	if err != nil {
		c.shared.dropPost()
	}
	return err
}

// maxPostTurns is how long input and ends wait for posts that lead to others: programs may post
// without end, and other goroutines faster than the loop can run what they post.
const maxPostTurns = 100

// heedPosts is called behind each callback behind which more input may be delivered, and before an
// end: what was posted goes first. It reports whether there is something to wait for.
func (c *Channel) heedPosts() bool {
	if c.shared.posted() && !c.inputHas(postWait) && c.life.phase != closed {
		c.extension().postsSince = c.conn.Loop().Turn()
		c.setInput(postWait)
	}
	return c.inputHas(postWait)
}

// callPosted calls what was posted. It may push although an end waits for it.
func (c *Channel) callPosted(f func()) {
	if !c.inputHas(postWait) || !c.life.ends() {
		f()
		return
	}
	c.ext.answering = true
	f()
	c.ext.answering = false
}

// postsRan goes on with what has waited for posts, if that was the last of them.
func (c *Channel) postsRan() {
	if !c.inputHas(postWait) || c.life.phase == closed {
		return
	}
	if c.shared.posted() && c.conn.Loop().Turn()-c.ext.postsSince < maxPostTurns {
		return
	}
	c.clearInput(postWait)
	if c.life.ends() && !c.holds(holdWork) {
		c.putEnd()
	}
	c.scheduleRescan()
}
