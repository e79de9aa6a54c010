package chat

import "github.com/go-asynchat/asynchat/terminator"

// ownInput is the input of a conversation that does not read on the loop: over a net.Conn, and on a
// goroutine of its own. Both are framed by the same code.
type ownInput struct {
	matcher terminator.Matcher
	source  source
	found   int   // elements, and reads of bytes, since somebody has looked
	eof     bool  // the input has ended
	end     error // why; nil at the end of the stream, and before
}

// A source is where such a conversation has its input from.
type source interface {
	// fill waits until there is more behind what is not consumed, or its end.
	fill(v *Conversation) error
}

// ended says that no more input comes.
func (o *ownInput) ended() {
	o.eof = true
	o.matcher.EOF()
}

// take takes the next element of v if that is whole in what has come, as it lies there: it is valid
// until the next read.
func (o *ownInput) take(v *Conversation) (elem []byte, ok bool) {
	n, size := o.matcher.Whole(v.buf)
	if size == 0 {
		return nil, false
	}
	elem, v.buf = v.buf[:n:n], v.buf[size:]
	o.found++
	return elem, true
}
