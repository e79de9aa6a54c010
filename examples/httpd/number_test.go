package main

import (
	"math"
	"testing"
)

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"7", 7, true},
		{"007", 7, true},
		{"1048576", 1 << 20, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"9223372036854775808", 0, false},
		{"9223372036854775810", 0, false},
		{"18446744073709551616", 0, false},
		{"99999999999999999999999", 0, false},
		{"", 0, false},
		{"+1", 0, false},
		{"-1", 0, false},
		{" 1", 0, false},
		{"1 ", 0, false},
		{"1_0", 0, false},
		{"0x10", 0, false},
		{"1e3", 0, false},
		{"1,1", 0, false},
		{"5\x00", 0, false},
		{"٣", 0, false},
		{"1:", 0, false},
		{"1/", 0, false},
	}
	for _, tt := range tests {
		if n, ok := parseNumber(tt.in); n != tt.want || ok != tt.ok {
			t.Errorf("parseNumber(%q) = %d, %v, want %d, %v", tt.in, n, ok, tt.want, tt.ok)
		}
	}
}
