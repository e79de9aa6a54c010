package chat

// A backlog is the broadcasts that wait, in a ring. The zero value is empty, and an empty one owns
// no memory.
type backlog struct {
	ring  []letter // its length is a power of two
	first int
	count int
	bytes int
}

// messageCost is what a message that waits or is queued costs in memory, beside bytes that many
// share.
const messageCost = 96

// cost returns what counts against the limits: or a million empty lines would be free.
func (b *backlog) cost() int { return b.bytes + b.count*messageCost }

func (b *backlog) push(l letter) {
	if b.count == len(b.ring) {
		ring := make([]letter, max(4, 2*len(b.ring)))
		n := copy(ring, b.ring[b.first:])
		copy(ring[n:], b.ring[:b.first])
		b.ring, b.first = ring, 0
	}
	b.ring[(b.first+b.count)&(len(b.ring)-1)] = l
	b.count++
	b.bytes += l.size()
}

func (b *backlog) pop() letter {
	l := b.ring[b.first]
	b.ring[b.first] = letter{}
	b.first = (b.first + 1) & (len(b.ring) - 1)
	b.count--
	b.bytes -= l.size()
	if b.count == 0 {
		*b = backlog{}
	}
	return l
}
