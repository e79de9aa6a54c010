package terminator_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

const benchSize = 64 << 10

var benchStreams = []struct {
	name, repeat string
}{
	{"short lines", "PRIVMSG #go :hello there\r\n"},
	{"4 KiB lines", strings.Repeat("x", 4094) + "\r\n"},
	{"empty lines", "\r\n"},
	{"all CR", "\r"},
	{"all LF", "\n"},
	{"near misses", "\ra\nb"},
}

func BenchmarkNext(b *testing.B) {
	for _, s := range benchStreams {
		stream := bytes.Repeat([]byte(s.repeat), benchSize/len(s.repeat))
		for _, t := range []struct {
			name string
			term terminator.Terminator
		}{
			{"String", terminator.String("\r\n")},
			{"Line", terminator.Line()},
			{"mixed Any", terminator.Any("\r\n", "\x00")},
			{"Length 26", terminator.Length(26)},
		} {
			b.Run(s.name+"/"+t.name, func(b *testing.B) {
				b.SetBytes(int64(len(stream)))
				for b.Loop() {
					whole(t.term, stream)
				}
			})
		}
		b.Run(s.name+"/bytes.Index", func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				split(stream)
			}
		})
	}
}

// split is the baseline: what a program would write without this package.
func split(stream []byte) (elements int) {
	for rest := stream; ; elements++ {
		i := bytes.Index(rest, []byte("\r\n"))
		if i < 0 {
			return elements
		}
		rest = rest[i+2:]
	}
}

func BenchmarkLongTerminator(b *testing.B) {
	term := terminator.String(strings.Repeat("a", 999) + "b")
	stream := bytes.Repeat([]byte("a"), benchSize)
	b.SetBytes(benchSize)
	for b.Loop() {
		whole(term, stream)
	}
}
