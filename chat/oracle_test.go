package chat_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
	"github.com/go-asynchat/asynchat/terminator/testdata/oracle"
)

// A handler on a channel sees of the recorded streams what CPython's asynchat told (S121–S140,
// S190, S191).
func TestOracle(t *testing.T) {
	oneGoroutine(t)
	records, err := oracle.Load("../terminator/testdata/cpython.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range slices.Collect(slices.Chunk(records, 100)) {
		// The channels of a part are closed behind it.
		t.Run(fmt.Sprintf("from line %d", part[0].Line), func(t *testing.T) {
			for _, r := range part {
				var want oracle.Log
				_, refused := r.Want.Expect(&want)
				for i, cut := range r.Cuts {
					o := obey(t, r, cut)
					if got := o.log.Events(); !slices.Equal(got, want.Events()) || o.peer.Closed() != refused {
						t.Fatalf("%v\nchunks %q (cut %d)\n got %v, closed %t\nwant %v, closed %t",
							r, r.Chunks(cut), i, got, o.peer.Closed(), want.Events(), refused)
					}
				}
			}
		})
	}
}

// An obedient handler sets the terminators of a record in turn.
type obedient struct {
	*chat.Channel
	peer *chattest.Conn
	r    *oracle.Record
	turn int
	log  oracle.Log
}

// obey sends the chunks of a record, each of which is one receive.
func obey(t *testing.T, r *oracle.Record, cut []int) *obedient {
	t.Helper()
	o := &obedient{r: r}
	o.peer = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		o.Channel = c
		c.SetMaxElement(chat.NoLimit, false)
		o.setNext()
		return o
	})
	chunks := r.Chunks(cut)
	for i, chunk := range chunks {
		o.setOutside(i)
		o.peer.SendString(chunk)
	}
	o.setOutside(len(chunks))
	return o
}

func (o *obedient) setNext() {
	term, ok := o.r.Turn(o.turn)
	o.turn++
	switch term := term.(type) {
	case string:
		o.SetTerminator(terminator.String(term))
	case float64:
		o.SetTerminator(terminator.Length(int64(term)))
	default:
		if ok {
			o.SetTerminator(terminator.None)
		}
	}
}

func (o *obedient) setOutside(chunk int) {
	if slices.Contains(o.r.Sets, chunk) {
		o.peer.Do(o.setNext)
	}
}

func (o *obedient) CollectIncomingData(data []byte) { o.log.Collect(data) }
func (o *obedient) FoundTerminator()                { o.log.Found(); o.setNext() }
