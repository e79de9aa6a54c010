package terminator_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
	"github.com/go-asynchat/asynchat/terminator/testdata/oracle"
)

// S127–S140, S189–S192: the matcher finds in the recorded streams what CPython's asynchat
// found, and holds the same bytes.
func TestOracle(t *testing.T) {
	records, err := oracle.Load("testdata/cpython.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, r := range records {
		var want oracle.Log
		held, refused := r.Want.Expect(&want)
		var wantFault error
		if refused {
			wantFault = terminator.ErrNoProgress
		}
		for i, cut := range r.Cuts {
			cases++
			o := obey(r, cut)
			got, fault := o.log.Events(), o.fault()
			if !slices.Equal(got, want.Events()) || string(o.held) != held || fault != wantFault {
				t.Fatalf("%v\nchunks %q (cut %d)\n got %v held %q, %v\nwant %v held %q, %v",
					r, r.Chunks(cut), i, got, o.held, fault, want.Events(), held, wantFault)
			}
		}
	}
	if cases < 10_000 {
		t.Errorf("%d cases", cases)
	}
}

// An obedient reader takes the chunks of a record as a Channel does and sets its terminators in
// turn.
type obedient struct {
	r    *oracle.Record
	m    terminator.Matcher
	turn int
	held []byte
	log  oracle.Log
	lost int // skipped without an end
}

func obey(r *oracle.Record, cut []int) *obedient {
	o := &obedient{r: r}
	o.setNext()
	o.feed("") // Length(0) waits for nothing
	chunks := r.Chunks(cut)
	for i, chunk := range chunks {
		o.setOutside(i)
		o.feed(chunk)
	}
	o.setOutside(len(chunks))
	return o
}

func (o *obedient) setNext() {
	term, ok := o.r.Turn(o.turn)
	o.turn++
	switch term := term.(type) {
	case string:
		o.m.Set(terminator.String(term))
	case float64:
		o.m.Set(terminator.Length(int64(term)))
	default:
		if ok {
			o.m.Set(terminator.None)
		}
	}
}

func (o *obedient) setOutside(chunk int) {
	if slices.Contains(o.r.Sets, chunk) {
		o.setNext()
		o.feed("")
	}
}

func (o *obedient) feed(chunk string) {
	buf := append(o.held, chunk...)
	for {
		collect, skip, found := o.m.Next(buf)
		if collect == 0 && skip == 0 && !found {
			break
		}
		if collect > 0 {
			o.log.Collect(buf[:collect])
		}
		buf = buf[collect+skip:]
		if !found {
			o.lost += skip
			continue
		}
		o.log.Found()
		o.setNext()
	}
	o.held = append([]byte(nil), buf...)
}

func (o *obedient) fault() error {
	if o.lost > 0 {
		return fmt.Errorf("%d bytes were skipped without an end", o.lost)
	}
	return o.m.Err()
}
