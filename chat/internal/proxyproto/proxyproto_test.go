package proxyproto

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"strings"
	"testing"
)

const (
	limit = 552
	maxV2 = limit - fixedV2
)

// v2 makes a header of version 2.
func v2(command, kind byte, addresses string, tlvs ...string) string {
	rest := addresses + strings.Join(tlvs, "")
	size := binary.BigEndian.AppendUint16(nil, uint16(len(rest)))
	return string(prefixV2) + string([]byte{command, kind}) + string(size) + rest
}

func tlv(kind byte, value string) string {
	return string([]byte{kind, byte(len(value) >> 8), byte(len(value))}) + value
}

// withChecksum puts a checksum into a header whose last field is a TLV for it.
func withChecksum(header string) string {
	p := []byte(header)
	binary.BigEndian.PutUint32(p[len(p)-4:], checksum(p, len(p)-4))
	return string(p)
}

const (
	addresses4 = "\xc6\x33\x64\x07\xc0\x00\x02\x01" + "\x30\x39\x00\x19"
	addresses6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\x30\x39\x00\x19"
)

const longest6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

var unixAddresses = "/run/client" + strings.Repeat("\x00", unixPath-11) +
	strings.Repeat("s", unixPath)

// The headers of the specification, and what they tell: the peer, and whom it has called.
var headers = []struct{ header, remote, local string }{
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\r\n", "198.51.100.7:12345", "192.0.2.1:25"},
	{"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		"255.255.255.255:65535", "255.255.255.255:65535"},
	{"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0"},
	{"PROXY TCP6 2001:db8::1 2001:DB8::2 12345 25\r\n", "[2001:db8::1]:12345", "[2001:db8::2]:25"},
	{"PROXY TCP6 ::ffff:198.51.100.7 ::ffff:192.0.2.1 12345 25\r\n",
		"198.51.100.7:12345", "192.0.2.1:25"},
	{"PROXY TCP6 " + longest6 + " " + longest6 + " 65535 65535\r\n",
		"[" + longest6 + "]:65535", "[" + longest6 + "]:65535"},
	{"PROXY UNKNOWN\r\n", "", ""},
	{"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "", ""},
	{"PROXY UNKNOWN " + strings.Repeat("x", maxV1-16) + "\r\n", "", ""},
	{v2(0x21, 0x11, addresses4), "198.51.100.7:12345", "192.0.2.1:25"},
	{v2(0x21, 0x21, addresses6), "[2001:db8::1]:12345", "[2001:db8::2]:25"},
	{v2(0x21, 0x31, unixAddresses), "/run/client", strings.Repeat("s", unixPath)},
	{v2(0x21, 0x12, addresses4), "", ""}, // datagrams
	{v2(0x21, 0x22, addresses6), "", ""},
	{v2(0x21, 0x32, unixAddresses), "", ""},
	{v2(0x21, 0x00, ""), "", ""},
	{v2(0x20, 0x00, ""), "", ""},
	{v2(0x20, 0xff, "whatever"), "", ""}, // LOCAL
	{v2(0x21, 0x11, addresses4, tlv(1, "h2"), tlv(2, ""), tlv(4, "\x00\x00\x00")),
		"198.51.100.7:12345", "192.0.2.1:25"},
	{v2(0x21, 0x11, addresses4, tlv(5, strings.Repeat("x", maxV2-12-3))),
		"198.51.100.7:12345", "192.0.2.1:25"},
	{withChecksum(v2(0x21, 0x11, addresses4, tlv(1, "h2"), tlv(3, "\x00\x00\x00\x00"))),
		"198.51.100.7:12345", "192.0.2.1:25"},
}

// Headers with a fault, and what is said about them.
var badHeaders = []struct{ header, fault string }{
	{"GET / HTTP/1.0\r\n", "no PROXY header"},
	{"\r\nQUIT\r\n", "no PROXY header"},
	{"proxy TCP4 198.51.100.7 192.0.2.1 12345 25\r\n", "no PROXY header"},
	{" PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\r\n", "no PROXY header"},
	{"PROXY\r\n", "no PROXY header"},
	{"PROXY \r\n", `unknown protocol ""`},
	{"PROXY TCP5 198.51.100.7 192.0.2.1 12345 25\r\n", `unknown protocol "TCP5"`},
	{"PROXY tcp4 198.51.100.7 192.0.2.1 12345 25\r\n", `unknown protocol "tcp4"`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\n", "bare LF"},
	{"PROXY UNKNOWN\n\r\n", "bare LF"},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345\r\n", "5 fields"},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 25 \r\n", "7 fields"},
	{"PROXY TCP4  198.51.100.7 192.0.2.1 12345 25\r\n", "7 fields"},
	{"PROXY TCP4 198.51.100.7\t192.0.2.1 12345 25\r\n", "5 fields"},
	{"PROXY TCP4 198.51.100 192.0.2.1 12345 25\r\n", `address "198.51.100"`},
	{"PROXY TCP4 198.51.100.256 192.0.2.1 12345 25\r\n", `address "198.51.100.256"`},
	{"PROXY TCP4 198.51.100.07 192.0.2.1 12345 25\r\n", `address "198.51.100.07"`},
	{"PROXY TCP4 2001:db8::1 2001:db8::2 12345 25\r\n", `address "2001:db8::1"`},
	{"PROXY TCP6 198.51.100.7 192.0.2.1 12345 25\r\n", `address "198.51.100.7"`},
	{"PROXY TCP6 fe80::1%eth0 2001:db8::2 12345 25\r\n", `address "fe80::1%eth0"`},
	{"PROXY TCP4 localhost 192.0.2.1 12345 25\r\n", `address "localhost"`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 65536 25\r\n", `port "65536"`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 025\r\n", `port "025"`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 +1 25\r\n", `port "+1"`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 \r\n", `port ""`},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\r\r\n", `port "25\r"`},
	{"PROXY UNKNOWN " + strings.Repeat("x", maxV1-15) + "\r\n", "no line end in 107 bytes"},
	{"PROXY UNKNOWN " + strings.Repeat("x", 1000), "no line end in 107 bytes"},
	{v2(0x11, 0x11, addresses4), "command 0x11"},
	{v2(0x22, 0x11, addresses4), "command 0x22"},
	{v2(0x21, 0x13, addresses4), "protocol 0x13"},
	{v2(0x21, 0x41, addresses4), "protocol 0x41"},
	{v2(0x21, 0x11, addresses4[1:]), "11 bytes of addresses, want 12"},
	{v2(0x21, 0x21, addresses4), "12 bytes of addresses, want 36"},
	{v2(0x21, 0x31, addresses6), "36 bytes of addresses, want 216"},
	{v2(0x21, 0x11, addresses4, strings.Repeat("\x04\x00\x00", 175)),
		"a header of 553 bytes, want at most 552"},
	{v2(0x20, 0x00, strings.Repeat("x", 537)), "a header of 553 bytes, want at most 552"},
	{v2(0x21, 0x11, addresses4, "\x04"), "1 bytes behind the last field"},
	{v2(0x21, 0x11, addresses4, tlv(1, "h2"), "\x04\x00"), "2 bytes behind the last field"},
	{v2(0x21, 0x11, addresses4, "\x04\x00\x02x"), "a field of 2 bytes in the last 1"},
	{v2(0x21, 0x11, addresses4, "\x04\xff\xff"), "a field of 65535 bytes in the last 0"},
	{v2(0x21, 0x11, addresses4, tlv(3, "\x00\x00\x00\x00")), "checksum"},
	{v2(0x21, 0x11, addresses4, tlv(3, "\x00\x00\x00")), "checksum"},
	{v2(0x21, 0x11, addresses4, tlv(3, "")), "checksum"},
	{v2(0x21, 0x11, addresses4, tlv(0x20, "")), "a field of TLS with 0 bytes, want at least 5"},
	{v2(0x21, 0x11, addresses4, tlv(0x20, "\x01\x00\x00\x00")), "a field of TLS with 4 bytes"},
	{v2(0x21, 0x11, addresses4, tlv(0x20, "\x01\x00\x00\x00\x00x")),
		"in the field of TLS: 1 bytes behind"},
	{v2(0x21, 0x11, addresses4, tlv(0x20, "\x01\x00\x00\x00\x00\x21\x00\x09TLSv1.3")),
		"in the field of TLS: a field of 9 bytes in the last 7"},
}

func (h Header) String() string {
	return fmt.Sprintf("%v to %v with %q", h.Remote, h.Local, h.TLVs)
}

func TestParseProxyHeader(t *testing.T) {
	text := func(addr net.Addr) string {
		if addr == nil {
			return ""
		}
		return addr.String()
	}
	for _, tt := range headers {
		for _, rest := range []string{"", "x", "\r\n", tt.header} {
			h, n, err := Parse([]byte(tt.header+rest), limit)
			if n != len(tt.header) || err != nil ||
				text(h.Remote) != tt.remote || text(h.Local) != tt.local {
				t.Errorf("%.60q: %v, %d, %v; want %q to %q, %d",
					tt.header, h, n, err, tt.remote, tt.local, len(tt.header))
			}
		}
		for i := range len(tt.header) {
			if _, n, err := Parse([]byte(tt.header[:i]), limit); n != 0 || err != nil {
				t.Errorf("%.60q, the first %d: %d, %v; want more to be asked for", tt.header, i, n, err)
			}
		}
	}
}

// S19 of the security notes: strict, and the same whatever comes behind the fault.
func TestParseBadProxyHeader(t *testing.T) {
	for _, tt := range badHeaders {
		_, n, err := Parse([]byte(tt.header), limit)
		if n != 0 || err == nil || !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%.60q: %d, %v; want a fault with %q", tt.header, n, err, tt.fault)
		}
		checkPrefixes(t, []byte(tt.header))
	}
}

// checkPrefixes fails if what is found in p depends on how much of it was there.
func checkPrefixes(t *testing.T, p []byte) {
	t.Helper()
	wantHeader, want, wantErr := Parse(p, limit)
	decided := false
	for i := range len(p) + 1 {
		h, n, err := Parse(p[:i:i], limit)
		if n == 0 && err == nil {
			if decided {
				t.Fatalf("%q: more is asked for after %d bytes, but not before", p, i)
			}
			continue
		}
		decided = true
		if n != want || fmt.Sprint(err) != fmt.Sprint(wantErr) ||
			fmt.Sprint(h) != fmt.Sprint(wantHeader) {
			t.Fatalf("%q: the first %d say %v, %d, %v; all say %v, %d, %v",
				p, i, h, n, err, wantHeader, want, wantErr)
		}
	}
	if !decided && len(p) >= limit {
		t.Fatalf("%q: %d bytes are no header yet", p, len(p))
	}
}

func FuzzProxyHeader(f *testing.F) {
	for _, tt := range headers {
		f.Add([]byte(tt.header))
	}
	for _, tt := range badHeaders {
		f.Add([]byte(tt.header))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) > 2*limit {
			t.Skip("long enough")
		}
		checkPrefixes(t, p)
		h, n, err := Parse(p, limit)
		if err != nil && (n != 0 || h != (Header{})) {
			t.Errorf("%q: %v, %d, %v", p, h, n, err)
		}
		if n > len(p) || n > limit || (h.Remote == nil) != (h.Local == nil) {
			t.Errorf("%q: %v, %d", p, h, n)
		}
		fields, sum := h.TLVs, 0
		for fields != "" {
			_, value, rest, ok := Cut(fields)
			if !ok {
				t.Fatalf("%q: a field is malformed in %q", p, h.TLVs)
			}
			fields, sum = rest, sum+3+len(value)
		}
		if sum != len(h.TLVs) {
			t.Errorf("%q: %d bytes of fields in %q", p, sum, h.TLVs)
		}
		h.TLVs = ""
		// An address that is understood is written back as version 1, and means the same.
		from, ok := h.Remote.(*net.TCPAddr)
		if !ok {
			return
		}
		to := h.Local.(*net.TCPAddr)
		source, destination, kind := from.AddrPort().Addr(), to.AddrPort().Addr(), "TCP4"
		if source.Is6() || destination.Is6() {
			kind = "TCP6"
			source, destination = netip.AddrFrom16(source.As16()), netip.AddrFrom16(destination.As16())
		}
		again := fmt.Appendf(nil, "PROXY %s %v %v %d %d\r\n",
			kind, source, destination, from.Port, to.Port)
		h2, n, err := Parse(again, limit)
		if err != nil || n != len(again) || fmt.Sprint(h2) != fmt.Sprint(h) {
			t.Errorf("%q is %v, and %q %v, %v", p, h, again, h2, err)
		}
	})
}

// The checksum is CRC32c over the header, with zeros in its own place.
func TestProxyChecksum(t *testing.T) {
	p := []byte("123456789")
	const check uint32 = 0xe3069283 // of these digits, in every table of CRCs
	if got := crc32.Checksum(p, castagnoli); got != check {
		t.Errorf("the polynomial is another: %#x, want %#x", got, check)
	}
	want := crc32.Checksum([]byte("12345\x00\x00\x00\x006789"), castagnoli)
	if got := checksum([]byte("12345\xff\xff\xff\xff6789"), 5); got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}
