package main

import "testing"

func TestParseRange(t *testing.T) {
	tests := []struct {
		header        string
		size          int64
		first, length int64
		v             verdict
	}{
		{"bytes=0-0", 10, 0, 1, part},
		{"bytes=0-9", 10, 0, 10, part},
		{"bytes=3-5", 10, 3, 3, part},
		{"bytes=3-", 10, 3, 7, part},
		{"bytes=9-", 10, 9, 1, part},
		{"bytes=9-100", 10, 9, 1, part},
		{"bytes=0-9223372036854775807", 10, 0, 10, part},
		{"BYTES=1-1", 10, 1, 1, part},
		{"bytes=-1", 10, 9, 1, part},
		{"bytes=-10", 10, 0, 10, part},
		{"bytes=-11", 10, 0, 10, part},
		{"bytes=10-", 10, 0, 0, unsatisfiable},
		{"bytes=10-20", 10, 0, 0, unsatisfiable},
		{"bytes=-0", 10, 0, 0, unsatisfiable},
		{"", 10, 0, 10, whole},
		{"bytes", 10, 0, 10, whole},
		{"bytes=", 10, 0, 10, whole},
		{"bytes=-", 10, 0, 10, whole},
		{"bytes=5", 10, 0, 10, whole},
		{"bytes=5-3", 10, 0, 10, whole},
		{"bytes=20-15", 10, 0, 10, whole},
		{"bytes=1-2,4-5", 10, 0, 10, whole},
		{"bytes=1-2,", 10, 0, 10, whole},
		{"bytes=+1-2", 10, 0, 10, whole},
		{"bytes=1--2", 10, 0, 10, whole},
		{"bytes=--2", 10, 0, 10, whole},
		{"bytes= 1-2", 10, 0, 10, whole},
		{"bytes=1-2 ", 10, 0, 10, whole},
		{"lines=1-2", 10, 0, 10, whole},
		{"bytes=0-99999999999999999999", 10, 0, 10, whole},
		{"bytes=0-", 0, 0, 0, whole},
		{"bytes=-5", 0, 0, 0, whole},
	}
	for _, tt := range tests {
		first, length, v := parseRange(tt.header, tt.size)
		if first != tt.first || length != tt.length || v != tt.v {
			t.Errorf("parseRange(%q, %d) = %d, %d, %d, want %d, %d, %d", tt.header, tt.size, first, length,
				v, tt.first, tt.length, tt.v)
		}
	}
}
