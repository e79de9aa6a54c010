package chat

// progress is what has happened on a channel since its clock was set, and where it is between two
// elements. Only this file and clock.go, which begins anew, change it.
type progress uint8

const (
	firstElement progress = 1 << iota // no element has ended yet
	expectMore                        // the next element belongs to the last one: ExpectMore
	gotInput                          // bytes came since listen
	sentOutput                        // bytes went since the clocks were looked at
	endedElement                      // an element ended since then
	dueStands                         // the clock of what the peer owes stands still
	idleStands                        // and that of idleness
)

func (p progress) has(b progress) bool { return p&b != 0 }

// ExpectMore announces another element of the same request, such as a body after its head. Call it
// in FoundTerminator if the element is not the last of its request. Then all elements of the
// request together have the time, and the minimum rate, of one element. Without ExpectMore, a peer
// could take IdleTimeout for each. If the input ends between the elements, the reason is
// io.ErrUnexpectedEOF. A shutdown of the server waits for the last element. EveryEnd of chattest
// finds missing calls.
func (c *Channel) ExpectMore() {
	c.touch()
	c.progress |= expectMore
}

// listen forgets that bytes have come.
func (c *Channel) listen() { c.progress &^= gotInput }

// noteInput and noteSent say that bytes have come and gone.
func (c *Channel) noteInput() { c.progress |= gotInput }
func (c *Channel) noteSent()  { c.progress |= sentOutput }

// awaitFirst has the channel wait for its first element, anew after a TLS handshake.
func (c *Channel) awaitFirst() { c.progress |= firstElement }

// pastFirst says that it waits for that no longer.
func (c *Channel) pastFirst() { c.progress &^= firstElement }

// addToElement counts bytes of the element in progress.
func (c *Channel) addToElement(n int) { c.elementBytes += int64(n) }

// foundElement says that an element has ended, unless its handler has more to say about that.
func (c *Channel) foundElement() { c.progress &^= firstElement | expectMore }

// endElement says, behind foundElement, that the request of the element has ended with it.
func (c *Channel) endElement() {
	c.progress |= endedElement
	c.elementBytes = 0
}

// endsAsLast reports whether foundElement and endElement would change nothing: the last element has
// ended like that, and no clock was set since.
func (c *Channel) endsAsLast() bool {
	return c.progress&(firstElement|expectMore|endedElement) == endedElement && c.elementBytes == 0
}

// cutElement says that the element in progress ends where it is: what has come of it is none.
func (c *Channel) cutElement() { c.elementBytes = 0 }

// dropElement says that what has come of an element counts no more.
func (c *Channel) dropElement() {
	c.progress &^= expectMore
	c.elementBytes = 0
}
