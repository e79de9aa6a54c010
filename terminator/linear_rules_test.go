package terminator_test

import (
	"bufio"
	"fmt"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// overLimitBytewise is overLimit and bytewise at once.
func overLimitBytewise(t terminator.Terminator, stream []byte) {
	var m terminator.Matcher
	m.SetLimit(1, true)
	m.Set(t)
	var held []byte
	for _, b := range stream {
		_, held = consume(&m, append(held, b))
	}
}

var readings = []struct {
	name string
	read func(terminator.Terminator, []byte)
	size int
}{
	{"whole", whole, 1 << 18},
	{"bytewise", bytewise, 1 << 17},
	{"over the limit", overLimit, 1 << 18},
	{"over the limit, bytewise", overLimitBytewise, 1 << 17},
}

func checkLinear(t *testing.T, term terminator.Terminator, repeat string) {
	t.Helper()
	for _, r := range readings {
		linearCase{fmt.Sprintf("%v, %q, %s", term, repeat, r.name), r.read, always(term),
			repeat, r.size}.check(t)
	}
}

// S9: what a peer may send for ever so that a line end or an end is always near and never there.
func TestLinearDot(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	for _, repeat := range []string{"a", ".", "\r\n", "\r\n..", "a\r\n.a", ".\r\n"} {
		for _, policy := range newlinePolicies {
			checkLinear(t, terminator.Dot(policy), repeat)
		}
	}
	for _, repeat := range []string{"\r", "\n", "\r\n.\r\r\n.\r", "a\ra\r", "\n.\r\n", "\n.",
		"\r.\r", "\r\r\n"} {
		checkLinear(t, terminator.Dot(terminator.PassBare), repeat)
		checkLinear(t, terminator.Dot(terminator.NormalizeBare), repeat)
	}
}

func TestLinearCounted(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	for _, c := range []struct {
		term   terminator.Terminator
		repeat string
	}{
		{terminator.Netstring(), "1:a,"},
		{terminator.Netstring(), "0:,"},
		{terminator.Netstring(), "2:ab,"},
		{terminator.Netstring(), "9223372036854775787:"},
		{terminator.Prefixed(1), "\x00"},
		{terminator.Prefixed(1), "\x02"},
		{terminator.Prefixed(8), "\x00\x00\x00\x00\x00\x00\x00\x01a"},
		{terminator.PrefixedBy(terminator.Prefix{Size: 1, Strip: 3}), "\x02"},
		{terminator.Varint(), "\x01a"},
		{terminator.Varint(), "\x82\x01"},
	} {
		checkLinear(t, c.term, c.repeat)
	}
}

func TestLinearOthers(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	for _, repeat := range []string{"\n", "a", "a \n"} {
		checkLinear(t, terminator.Class(" \t\n"), repeat)
		checkLinear(t, terminator.Split(bufio.ScanLines), repeat[len(repeat)-1:]+"\n")
	}
	for _, repeat := range []string{"(", ")", "()", "(a"} {
		checkLinear(t, terminator.Custom(newBrackets), repeat)
	}
}
