package web

import (
	"testing"
	"time"
)

// The table of RFC 9110, 13.2.2, for something that has a date and no tag.
func TestCondition(t *testing.T) {
	date := time.Date(1999, 12, 31, 23, 59, 58, 999, time.UTC)
	const same, before, after = "Fri, 31 Dec 1999 23:59:58 GMT", "Fri, 31 Dec 1999 23:59:57 GMT",
		"Sat, 01 Jan 2000 00:00:00 GMT"
	for _, tt := range []struct {
		fields   string
		get, put int
	}{
		{"X: y", 0, 0},
		{"If-Modified-Since: " + same, 304, 0},
		{"If-Modified-Since: " + before, 0, 0},
		{"If-Modified-Since: " + after, 304, 0},
		{"If-Modified-Since: Friday, 31-Dec-99 23:59:58 GMT", 304, 0},
		{"If-Modified-Since: Fri Dec 31 23:59:58 1999", 304, 0},
		{"If-Modified-Since: yesterday", 0, 0},
		{"If-Modified-Since:", 0, 0},
		{`If-None-Match: "x"|If-Modified-Since: ` + same, 0, 0},
		{"If-None-Match: *", 304, 412},
		{"If-Unmodified-Since: " + same, 0, 0},
		{"If-Unmodified-Since: " + after, 0, 0},
		{"If-Unmodified-Since: " + before, 412, 412},
		{"If-Unmodified-Since: yesterday", 0, 0},
		{"If-Match: *", 0, 0},
		{`If-Match: "x"`, 412, 412},
		{"If-Match: *|If-Unmodified-Since: " + before, 0, 0},
		{"If-Unmodified-Since: " + before + "|If-Modified-Since: " + same, 412, 412},
		{"If-Match: *|If-None-Match: *", 304, 412},
	} {
		for method, want := range map[string]int{"GET": tt.get, "HEAD": tt.get, "PUT": tt.put} {
			r, _ := parseHead(method + " / HTTP/1.0|" + tt.fields)
			if got := r.Condition(date); got != want {
				t.Errorf("%s %q: %d, want %d", method, tt.fields, got, want)
			}
		}
	}
}

func TestRange(t *testing.T) {
	date := time.Date(1999, 12, 31, 23, 59, 58, 999, time.UTC)
	for head, want := range map[string]string{
		"GET / HTTP/1.0":                                                  "",
		"GET / HTTP/1.0|Range: bytes=1-2":                                 "bytes=1-2",
		"HEAD / HTTP/1.0|Range: bytes=1-2":                                "",
		"GET / HTTP/1.0|Range: a|Range: b":                                "a, b",
		"GET / HTTP/1.0|Range: a|If-Range: \"x\"":                         "",
		"GET / HTTP/1.0|Range: a|If-Range: Fri, 31 Dec 1999 23:59:58 GMT": "a",
		"GET / HTTP/1.0|Range: a|If-Range: Fri, 31 Dec 1999 23:59:57 GMT": "",
	} {
		r, _ := parseHead(head)
		if got := r.Range(date); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// A page of another site must not make a browser post here in the name of its user.
func TestForeign(t *testing.T) {
	for fields, want := range map[string]bool{
		"":                            false,
		"Sec-Fetch-Site: same-origin": false,
		"Sec-Fetch-Site: none":        false,
		"Sec-Fetch-Site: same-site":   true,
		"Sec-Fetch-Site: cross-site":  true,
		"Origin: http://h:80":         false,
		"Origin: https://H:80":        false,
		"Origin: http://h":            true,
		"Origin: http://evil":         true,
		"Origin: null":                true,
		"Origin: http://h:80|Sec-Fetch-Site: cross-site": true,
		"Origin: http://x|Sec-Fetch-Site: same-origin":   false,
	} {
		head := "POST / HTTP/1.0|Content-Length: 0|Host: h:80"
		if fields != "" {
			head += "|" + fields
		}
		r, _ := parseHead(head)
		if got := r.Foreign(); got != want {
			t.Errorf("%q: %v, want %v", fields, got, want)
		}
	}
}
