package proxyproto

import (
	"fmt"
	"strings"
	"testing"
)

// M8: the fields of a header are those that it has, in their order, whatever its family says.
func TestProxyTLVs(t *testing.T) {
	ssl := "\x01\x00\x00\x00\x00" + tlv(0x21, "TLSv1.3") + tlv(0x22, "client")
	fields := tlv(1, "h2") + tlv(0x20, ssl) + tlv(0xea, "\x01vpce-1") + tlv(4, "\x00\x00") + tlv(1, "")
	for _, header := range []string{
		v2(0x21, 0x11, addresses4, fields),
		v2(0x21, 0x21, addresses6, fields),
		v2(0x21, 0x31, unixAddresses, fields),
		v2(0x21, 0x00, "", fields),
		v2(0x21, 0x12, addresses4, fields),
	} {
		h, n, err := Parse([]byte(header+"rest"), limit)
		if n != len(header) || err != nil || h.TLVs != fields {
			t.Errorf("%q: %d, %v, fields %q, want %q", header, n, err, h.TLVs, fields)
		}
	}
	if h, n, err := Parse([]byte(v2(0x20, 0x11, addresses4, fields)), limit); n == 0 || err != nil ||
		h != (Header{}) {
		t.Errorf("LOCAL: %v, %d, %v, want nothing of it", h, n, err)
	}
	var got []string
	for rest := fields; rest != ""; {
		kind, value, after, ok := Cut(rest)
		if !ok {
			t.Fatalf("Cut(%q) fails", rest)
		}
		got, rest = append(got, fmt.Sprintf("%#02x %q", kind, value)), after
	}
	want := fmt.Sprintf("0x01 \"h2\" 0x20 %q 0xea %q 0x04 %q 0x01 \"\"", ssl, "\x01vpce-1", "\x00\x00")
	if all := strings.Join(got, " "); all != want {
		t.Errorf("the fields are %s, want %s", all, want)
	}
}

func TestCutMalformed(t *testing.T) {
	for _, fields := range []string{"", "\x01", "\x01\x00", "\x01\x00\x01", "\x01\xff\xffx"} {
		if kind, value, rest, ok := Cut(fields); ok {
			t.Errorf("Cut(%q) = %d, %q, %q", fields, kind, value, rest)
		}
	}
}

// M8: a header may have as many bytes as the limit, and is refused by the first 16 if it has more.
// What is asked for ends with the header.
func TestProxyLimit(t *testing.T) {
	for _, size := range []int{limit, 4096, MaxLen} {
		header := v2(0x21, 0x11, addresses4, tlv(0xe0, strings.Repeat("x", size-fixedV2-12-3)))
		if h, n, err := Parse([]byte(header), size); n != size || err != nil ||
			len(h.TLVs) != size-fixedV2-12 {
			t.Errorf("a header of %d bytes: %d, %v, %d bytes of fields", size, n, err, len(h.TLVs))
		}
		if _, n, err := Parse([]byte(header[:fixedV2]), size-1); n != 0 || err == nil {
			t.Errorf("a header over the limit: %d, %v, want an error", n, err)
		}
		for _, have := range []int{fixedV2, 100, size - 1} {
			if got := Want([]byte(header[:have])); got != size-have {
				t.Errorf("after %d bytes of %d, %d are wanted", have, size, got)
			}
		}
	}
	for _, beginning := range []string{"", "PRO", "PROXY TCP4 ", string(prefixV2), "\r\n\r\n"} {
		if got := Want([]byte(beginning)); got != usual-len(beginning) {
			t.Errorf("after %q, %d are wanted", beginning, got)
		}
	}
}
