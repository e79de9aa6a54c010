// Package proxyproto parses the header of the PROXY protocol, versions 1 and 2, as HAProxy
// specifies it.
package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A Header has the two addresses of the connection that the proxy has accepted. Both are nil if the
// header has none: the connection is the proxy's own, or of a kind without an address here.
type Header struct {
	Remote, Local net.Addr // the peer's address, and the one that it has called
	TLVs          string   // the fields after the addresses of version 2, well formed: see Cut
}

// MaxLen is the number of bytes of the longest header that there is.
const MaxLen = fixedV2 + 1<<16 - 1

const (
	maxV1    = 107      // with its line end
	fixedV2  = 16       // the bytes of version 2 that every header has
	usual    = 552      // bytes in which most headers fit
	prefixV1 = "PROXY " // what version 1 begins with
	unixPath = 108      // bytes of the path of a Unix socket
)

var prefixV2 = []byte("\r\n\r\n\x00\r\nQUIT\n")

// Want returns how many bytes to read next, if Parse has returned 0 for p: the rest of the header,
// if p shows its length.
func Want(p []byte) int {
	if len(p) >= fixedV2 && begins(p, prefixV2) {
		return lenV2(p) - len(p)
	}
	return usual - len(p)
}

// Parse reads the header that p begins with, and returns its length, or 0 as long as p is only a
// beginning of one. A header of version 2 has at most limit bytes. The result for a complete header
// does not depend on the bytes after it. An error says in its text what is malformed.
func Parse(p []byte, limit int) (h Header, n int, err error) {
	switch {
	case begins(p, prefixV2):
		if len(p) < fixedV2 {
			return h, 0, nil
		}
		return parseV2(p, limit)
	case begins(p, []byte(prefixV1)):
		return parseV1(p)
	}
	return h, 0, errors.New("no PROXY header")
}

// begins reports whether p begins with prefix, as far as there is enough of it.
func begins(p, prefix []byte) bool {
	n := min(len(p), len(prefix))
	return bytes.Equal(p[:n], prefix[:n])
}

// parseV1 reads "PROXY TCP4 source destination port port\r\n".
func parseV1(p []byte) (h Header, n int, err error) {
	p = p[:min(len(p), maxV1)]
	n = bytes.IndexByte(p, '\n') + 1
	if n == 0 {
		if len(p) == maxV1 {
			err = fmt.Errorf("no line end in %d bytes", maxV1)
		}
		return h, 0, err
	}
	line, ok := strings.CutSuffix(string(p[:n]), "\r\n")
	if !ok {
		return h, 0, errors.New("the line ends in a bare LF")
	}
	fields := strings.Split(line, " ")
	switch fields[1] {
	case "UNKNOWN": // with or without anything behind it
		return h, n, nil
	case "TCP4", "TCP6":
	default:
		return h, 0, fmt.Errorf("unknown protocol %.20q", fields[1])
	}
	if len(fields) != 6 {
		return h, 0, fmt.Errorf("%d fields, want 6", len(fields))
	}
	is4 := fields[1] == "TCP4"
	source, err := parseAddr(fields[2], fields[4], is4)
	if err != nil {
		return h, 0, err
	}
	destination, err := parseAddr(fields[3], fields[5], is4)
	if err != nil {
		return h, 0, err
	}
	return Header{Remote: source, Local: destination}, n, nil
}

func parseAddr(ip, port string, is4 bool) (net.Addr, error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() != is4 || addr.Zone() != "" {
		return nil, fmt.Errorf("bad address %.50q", ip)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return nil, fmt.Errorf("bad port %.20q", port)
	}
	return tcpAddr(addr, uint16(n)), nil
}

func tcpAddr(ip netip.Addr, port uint16) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), port))
}

// addrSizes are the families and protocols of version 2, and how many bytes their addresses take.
var addrSizes = map[byte]int{
	0x00: 0,                          // unknown
	0x11: 2*4 + 2*2, 0x12: 2*4 + 2*2, // TCP and UDP over IPv4
	0x21: 2*16 + 2*2, 0x22: 2*16 + 2*2, // over IPv6
	0x31: 2 * unixPath, 0x32: 2 * unixPath, // Unix streams and datagrams
}

// lenV2 returns the length of a header of which the first 16 bytes are there.
func lenV2(p []byte) int { return fixedV2 + int(binary.BigEndian.Uint16(p[14:])) }

// parseV2 reads a binary header of which the first 16 bytes are there.
func parseV2(p []byte, limit int) (h Header, n int, err error) {
	command, kind := p[12], p[13]
	n = lenV2(p)
	size, known := addrSizes[kind]
	switch {
	case command != 0x20 && command != 0x21:
		return h, 0, fmt.Errorf("unknown version and command %#02x", command)
	case n > limit:
		return h, 0, fmt.Errorf("a header of %d bytes, want at most %d", n, limit)
	case command == 0x20: // LOCAL: what follows means nothing
		if len(p) < n {
			n = 0
		}
		return h, n, nil
	case !known:
		return h, 0, fmt.Errorf("unknown family and protocol %#02x", kind)
	case n < fixedV2+size:
		return h, 0, fmt.Errorf("%d bytes of addresses, want %d", n-fixedV2, size)
	case len(p) < n:
		return h, 0, nil
	}
	if err := checkTLVs(p[:n], fixedV2+size); err != nil {
		return h, 0, err
	}
	h = addrsV2(kind, p[fixedV2:fixedV2+size])
	h.TLVs = string(p[fixedV2+size : n])
	return h, n, nil
}

func addrsV2(kind byte, p []byte) (h Header) {
	switch kind {
	case 0x11, 0x21:
		size := (len(p) - 4) / 2
		source, _ := netip.AddrFromSlice(p[:size])
		destination, _ := netip.AddrFromSlice(p[size : 2*size])
		ports := p[2*size:]
		h.Remote = tcpAddr(source, binary.BigEndian.Uint16(ports))
		h.Local = tcpAddr(destination, binary.BigEndian.Uint16(ports[2:]))
	case 0x31:
		h.Remote, h.Local = unixAddr(p[:unixPath]), unixAddr(p[unixPath:])
	}
	return h // datagrams do not come over this connection
}

func unixAddr(path []byte) net.Addr {
	name, _, _ := bytes.Cut(path, []byte{0})
	return &net.UnixAddr{Name: string(name), Net: "unix"}
}
