package web

import (
	"net/http"
	"testing"
)

// What a route puts into a header cannot begin another field, and a name that is none is left out.
func TestFieldsCannotBeInjected(t *testing.T) {
	got := string(appendFields(nil, http.Header{
		"X-B":       {"1\r\nSet-Cookie: a=b", "2\t\x00\x7f"},
		"X-A":       {"ä"},
		"Evil: x\r": {"y"},
		"":          {"z"},
	}))
	const want = "X-A: ä\r\nX-B: 1  Set-Cookie: a=b\r\nX-B: 2\t  \r\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
