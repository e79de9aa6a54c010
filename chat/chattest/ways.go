package chattest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
)

// A way says how what the peer sends is cut, for each block of a dialogue.
type way struct {
	name  string
	cut   func(block int, lines []step) []string
	short func() int
}

const (
	maxPlays    = 600 // single cuts of one dialogue; of a longer one some are left out
	randomPlays = 20
)

// byLine is the way with which all others are compared.
func (d *dialogue) byLine() way {
	return way{name: "lines", cut: func(_ int, lines []step) []string { return separate(lines) }}
}

func separate(lines []step) []string {
	pieces := make([]string, len(lines))
	for i, s := range lines {
		pieces[i] = s.text
	}
	return pieces
}

func joined(lines []step) string { return strings.Join(separate(lines), "") }

// ways returns all others, the simplest first.
func (d *dialogue) ways() iter.Seq[way] {
	return func(yield func(way) bool) {
		if !yield(way{name: "joined",
			cut: func(_ int, lines []step) []string { return []string{joined(lines)} }}) {
			return
		}
		sending := 0
		for _, b := range d.blocks {
			if b.sends() {
				sending++
			}
		}
		for i, b := range d.blocks {
			if !b.sends() {
				continue
			}
			for _, at := range singles(len(joined(b.actions)), max(20, maxPlays/sending)) {
				if !yield(singleCut(i, at)) {
					return
				}
			}
		}
		if !yield(way{name: "bytes",
			cut: func(_ int, lines []step) []string { return bytewise(joined(lines)) }}) {
			return
		}
		for seed := range uint64(randomPlays) {
			if !yield(randomWay(seed + 1)) {
				return
			}
		}
	}
}

// singleCut cuts one block in two, and sends the others by line.
func singleCut(block, at int) way {
	return way{name: fmt.Sprintf("%d:%d", block, at), cut: func(b int, lines []step) []string {
		if b != block {
			return separate(lines)
		}
		all := joined(lines)
		return []string{all[:at], all[at:]}
	}}
}

func bytewise(s string) []string {
	var pieces []string
	for i := range min(len(s), maxBytewise) {
		pieces = append(pieces, s[i:i+1])
	}
	return append(pieces, s[len(pieces):])
}

func randomWay(seed uint64) way {
	rnd := rand.New(rand.NewPCG(seed, 4))
	return way{name: fmt.Sprintf("seed%d", seed), short: shortWrites(seed),
		cut: func(_ int, lines []step) []string {
			all := joined(lines)
			var pieces []string
			for _, p := range cutAt([]byte(all), randomCuts(rnd, len(all))) {
				pieces = append(pieces, string(p))
			}
			return pieces
		}}
}
