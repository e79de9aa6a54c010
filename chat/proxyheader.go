package chat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A proxyHeader is what the header of the PROXY protocol tells of a connection: the ends of the one that the proxy has accepted. Both are nil
// if it tells nothing: the connection is the proxy's own, or of a kind that has no address here.
type proxyHeader struct{ remote, local net.Addr }

const (
	maxProxyV1    = 107       // with its line end
	maxProxyV2    = 536       // behind its first 16 bytes
	maxProxy      = 16 + 536  // bytes of the longest header that is read
	proxyV1Prefix = "PROXY "  // what version 1 begins with
	unixPath      = 108       // bytes of the path of a Unix socket
	crcTLV        = byte(0x3) // the type of a checksum
)

var (
	proxyV2Prefix = []byte("\r\n\r\n\x00\r\nQUIT\n")
	castagnoli    = crc32.MakeTable(crc32.Castagnoli)
)

// parseProxyHeader reads the header that p begins with, of version 1 or 2 as in the specification of HAProxy, and returns its length, or 0 as long as p
// is only a beginning of one. What it says depends on no more bytes than it had to see: it is the same for every longer p.
func parseProxyHeader(p []byte) (h proxyHeader, n int, err error) {
	switch {
	case begins(p, proxyV2Prefix):
		if len(p) < 16 {
			return h, 0, nil
		}
		return parseProxyV2(p)
	case begins(p, []byte(proxyV1Prefix)):
		return parseProxyV1(p)
	}
	return h, 0, proxyFault("no PROXY header")
}

// begins reports whether p begins with prefix, as far as there is enough of it.
func begins(p, prefix []byte) bool {
	n := min(len(p), len(prefix))
	return bytes.Equal(p[:n], prefix[:n])
}

func proxyFault(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProxyHeader, fmt.Sprintf(format, args...))
}

// parseProxyV1 reads "PROXY TCP4 source destination port port\r\n".
func parseProxyV1(p []byte) (h proxyHeader, n int, err error) {
	p = p[:min(len(p), maxProxyV1)]
	n = bytes.IndexByte(p, '\n') + 1
	if n == 0 {
		if len(p) == maxProxyV1 {
			err = proxyFault("no line end in %d bytes", maxProxyV1)
		}
		return h, 0, err
	}
	line, ok := strings.CutSuffix(string(p[:n]), "\r\n")
	if !ok {
		return h, 0, proxyFault("the line ends in a bare LF")
	}
	fields := strings.Split(line, " ")
	switch fields[1] {
	case "UNKNOWN": // with or without anything behind it
		return h, n, nil
	case "TCP4", "TCP6":
	default:
		return h, 0, proxyFault("unknown protocol %.20q", fields[1])
	}
	if len(fields) != 6 {
		return h, 0, proxyFault("%d fields, want 6", len(fields))
	}
	is4 := fields[1] == "TCP4"
	source, err := parseProxyAddr(fields[2], fields[4], is4)
	if err != nil {
		return h, 0, err
	}
	destination, err := parseProxyAddr(fields[3], fields[5], is4)
	if err != nil {
		return h, 0, err
	}
	return proxyHeader{source, destination}, n, nil
}

func parseProxyAddr(ip, port string, is4 bool) (net.Addr, error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() != is4 || addr.Zone() != "" {
		return nil, proxyFault("bad address %.50q", ip)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return nil, proxyFault("bad port %.20q", port)
	}
	return tcpAddr(addr, uint16(n)), nil
}

func tcpAddr(ip netip.Addr, port uint16) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), port))
}

// The families and protocols of version 2, and how many bytes their addresses take.
var proxyKinds = map[byte]int{
	0x00: 0,                          // unknown
	0x11: 2*4 + 2*2, 0x12: 2*4 + 2*2, // TCP and UDP over IPv4
	0x21: 2*16 + 2*2, 0x22: 2*16 + 2*2, // over IPv6
	0x31: 2 * unixPath, 0x32: 2 * unixPath, // Unix streams and datagrams
}

// parseProxyV2 reads a binary header of which the first 16 bytes are there.
func parseProxyV2(p []byte) (h proxyHeader, n int, err error) {
	command, kind := p[12], p[13]
	n = 16 + int(binary.BigEndian.Uint16(p[14:]))
	size, known := proxyKinds[kind]
	switch {
	case command != 0x20 && command != 0x21:
		return h, 0, proxyFault("unknown version and command %#02x", command)
	case n > 16+maxProxyV2:
		return h, 0, proxyFault("%d bytes of addresses, want at most %d", n-16, maxProxyV2)
	case command == 0x20: // LOCAL: what follows means nothing
		if len(p) < n {
			n = 0
		}
		return h, n, nil
	case !known:
		return h, 0, proxyFault("unknown family and protocol %#02x", kind)
	case n < 16+size:
		return h, 0, proxyFault("%d bytes of addresses, want %d", n-16, size)
	case len(p) < n:
		return h, 0, nil
	}
	if err := checkTLVs(p[:n], 16+size); err != nil {
		return h, 0, err
	}
	return proxyAddrs(kind, p[16:16+size]), n, nil
}

func proxyAddrs(kind byte, p []byte) proxyHeader {
	switch kind {
	case 0x11, 0x21:
		size := (len(p) - 4) / 2
		source, _ := netip.AddrFromSlice(p[:size])
		destination, _ := netip.AddrFromSlice(p[size : 2*size])
		ports := p[2*size:]
		return proxyHeader{
			tcpAddr(source, binary.BigEndian.Uint16(ports)),
			tcpAddr(destination, binary.BigEndian.Uint16(ports[2:])),
		}
	case 0x31:
		return proxyHeader{unixAddr(p[:unixPath]), unixAddr(p[unixPath:])}
	}
	return proxyHeader{} // datagrams do not come over this connection
}

func unixAddr(path []byte) net.Addr {
	name, _, _ := bytes.Cut(path, []byte{0})
	return &net.UnixAddr{Name: string(name), Net: "unix"}
}

// checkTLVs looks whether what follows the addresses of a header, from p[at] on, is well-formed, and its checksum right, if there is one.
func checkTLVs(p []byte, at int) error {
	for at < len(p) {
		if len(p)-at < 3 {
			return proxyFault("%d bytes behind the last field", len(p)-at)
		}
		value := at + 3
		size := int(binary.BigEndian.Uint16(p[at+1:]))
		if size > len(p)-value {
			return proxyFault("a field of %d bytes in the last %d", size, len(p)-value)
		}
		if p[at] == crcTLV {
			if size != 4 || checksum(p, value) != binary.BigEndian.Uint32(p[value:]) {
				return proxyFault("the checksum is wrong")
			}
		}
		at = value + size
	}
	return nil
}

// checksum returns that of a header, with zeros in its own place.
func checksum(p []byte, at int) uint32 {
	sum := crc32.Update(0, castagnoli, p[:at])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	return crc32.Update(sum, castagnoli, p[at+4:])
}
