package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A session stands before the Reads that it embeds, so that it sees each piece first.
type intruding struct {
	chat.Reads
	intrude func()
	got     []string
}

func (s *intruding) CollectIncomingData(data []byte) {
	s.Reads.CollectIncomingData(data)
	if f := s.intrude; f != nil {
		s.intrude = nil
		f()
	}
}

func (s *intruding) read(line []byte) {
	s.got = append(s.got, string(line))
	s.Line(s.read)
}

// What Reads has of a whole element is in the loop's buffer until FoundTerminator: it is copied if
// that does not follow, and forgotten with the rest.
func TestLentElements(t *testing.T) {
	for _, tt := range []struct {
		name    string
		intrude func(s *intruding)
		want    []string
	}{
		{"a pause", func(s *intruding) { s.PauseReading() }, []string{"first", "second"}},
		{"DiscardBuffers", func(s *intruding) { s.DiscardBuffers() }, []string{"other", "second"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, loop, settle := simLoop(t)
			near, far, err := k.Pair()
			require.NoError(t, err)
			near2, far2, err := k.Pair()
			require.NoError(t, err)
			s := &intruding{}
			s.intrude = func() { tt.intrude(s) }
			chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
				s.Channel = c
				s.Line(s.read)
				return s
			})
			chat.NewChannel(core.NewConn(loop, near2), chat.Lines(func(*chat.Channel, []byte) {}))
			settle()
			k.Write(far, []byte("first\r\n"))
			settle()
			k.Write(far2, []byte("overwrites\n")) // the loop's buffer
			settle()
			s.ResumeReading()
			settle()
			if tt.name == "DiscardBuffers" {
				k.Write(far, []byte("oth")) // which is gathered
				settle()
				k.Write(far, []byte("er\r\n"))
			}
			k.Write(far, []byte("second\r\n"))
			settle()
			require.Equal(t, tt.want, s.got)
		})
	}
}

// The rest of an element that is whole under another terminator comes after its beginning.
func TestLentRest(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	s := &intruding{}
	chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		s.Channel = c
		s.Line(s.read)
		return s
	})
	settle()
	k.Write(far, []byte("abc"))
	settle()
	s.SetTerminator(terminator.String(";"))
	settle()
	k.Write(far, []byte("def;"))
	settle()
	require.Equal(t, []string{"abcdef"}, s.got)
}

// What a Collector has given away can be appended to: the next element is not behind it.
func TestCollectorsElementsAreApart(t *testing.T) {
	var kept [][]byte
	var c chat.Collector
	for _, element := range []string{"one", "two", "three"} {
		c.CollectIncomingData([]byte(element))
		kept = append(kept, c.Take())
	}
	for _, element := range kept {
		_ = append(element, "####"...)
	}
	require.Equal(t, "one two three", string(kept[0])+" "+string(kept[1])+" "+string(kept[2]))
}
