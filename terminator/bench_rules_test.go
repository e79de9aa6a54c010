package terminator_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// inChunks reads stream in pieces of 64 KiB, as a Channel does.
func inChunks(b *testing.B, t terminator.Terminator, stream []byte) (elements int) {
	var m terminator.Matcher
	m.Set(t)
	var held []byte
	for chunk := range slices.Chunk(stream, benchSize) {
		if len(held) > 0 {
			chunk = append(held, chunk...)
		}
		n, rest := consume(&m, chunk)
		elements += n
		held = slices.Clone(rest)
	}
	if m.Err() != nil {
		b.Fatal(m.Err())
	}
	return elements
}

// mails returns 64 mails of 16 KB, of lines of 70 bytes, every tenth of which begins with a dot.
func mails() []byte {
	var mail []byte
	for i := 0; len(mail) < 16<<10; i++ {
		if i%10 == 0 {
			mail = append(mail, '.')
		}
		mail = append(append(mail, strings.Repeat("x", 68)...), "\r\n"...)
	}
	wire, _ := terminator.AppendDot(nil, mail)
	return bytes.Repeat(wire, 64)
}

func BenchmarkMails(b *testing.B) {
	stream := mails()
	for _, policy := range newlinePolicies {
		b.Run(terminator.Dot(policy).String(), func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				if n := inChunks(b, terminator.Dot(policy), stream); n != 64 {
					b.Fatalf("%d mails", n)
				}
			}
		})
	}
	b.Run("textproto.DotReader", func(b *testing.B) {
		b.SetBytes(int64(len(stream)))
		for b.Loop() {
			r := textproto.NewReader(bufio.NewReaderSize(bytes.NewReader(stream), benchSize))
			for range 64 {
				if _, err := io.Copy(io.Discard, r.DotReader()); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("AppendDot", func(b *testing.B) {
		b.SetBytes(int64(len(stream)))
		text, dst := stream[:len(stream)/64-3], []byte(nil)
		for b.Loop() {
			for range 64 {
				dst, _ = terminator.AppendDot(dst[:0], text)
			}
		}
	})
}

func BenchmarkHostileText(b *testing.B) {
	for _, repeat := range []string{"\r", "\n", ".", "\r\n", "\r\n..", "\n.", "a\ra\r",
		"\r\n.\r\r\n.\r"} {
		stream := bytes.Repeat([]byte(repeat), benchSize/len(repeat))
		for _, policy := range newlinePolicies[1:] {
			b.Run(fmt.Sprintf("%v/%q", terminator.Dot(policy), repeat), func(b *testing.B) {
				b.SetBytes(int64(len(stream)))
				for b.Loop() {
					whole(terminator.Dot(policy), stream)
				}
			})
		}
	}
}

func BenchmarkRules(b *testing.B) {
	for _, c := range []struct {
		name   string
		term   terminator.Terminator
		repeat string
	}{
		{"Class, short", terminator.Class("\n"), strings.Repeat("x", 25) + "\n"},
		{"Class, long", terminator.Class(" \t\r\n"), strings.Repeat("x", 4095) + "\n"},
		{"Prefixed", terminator.Prefixed(4), "\x00\x00\x00\x1a" + strings.Repeat("x", 26)},
		{"Varint", terminator.Varint(), "\x1a" + strings.Repeat("x", 26)},
		{"Netstring", terminator.Netstring(), "26:" + strings.Repeat("x", 26) + ","},
		{"Netstring of a byte", terminator.Netstring(), "1:x,"},
		{"Split", terminator.Split(bufio.ScanLines), strings.Repeat("x", 25) + "\n"},
		{"Custom", terminator.Custom(newBrackets), "(" + strings.Repeat("x", 25) + ")"},
	} {
		stream := bytes.Repeat([]byte(c.repeat), benchSize/len(c.repeat))
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				whole(c.term, stream)
			}
		})
	}
}
