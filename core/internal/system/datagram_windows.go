package system

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// Windows has no call for several datagrams.

func (s *Kernel) ReadBatch(fd int, m []kernel.Datagram) (int, error) {
	var from windows.RawSockaddrAny
	for i := range m {
		n, err := sys.Recvfrom(fd, m[i].Data, &from)
		truncated := err == syscall.EMSGSIZE
		switch {
		case truncated:
			n = len(m[i].Data)
		case err == syscall.ECONNRESET:
			return told(i, syscall.ECONNREFUSED) // the answer of a peer that is not there
		case err != nil:
			return told(i, err)
		}
		m[i].Data = m[i].Data[:n]
		m[i].Truncated = truncated
		m[i].Addr, m[i].Path, m[i].Local = sys.AddrPortOf(&from), "", netip.Addr{}
	}
	return len(m), nil
}

func (s *Kernel) WriteBatch(fd int, m []kernel.Datagram) (int, error) {
	var to windows.RawSockaddrAny
	family := 0
	for i := range m {
		size := int32(0)
		switch {
		case m[i].Path != "":
			return told(i, syscall.EAFNOSUPPORT)
		case m[i].Local.IsValid():
			return told(i, kernel.ErrUnsupported)
		case m[i].Addr.IsValid():
			if family == 0 {
				family = familyOfSocket(fd)
			}
			var err error
			if size, err = sys.Encode(&to, m[i].Addr, family); err != nil {
				return told(i, err)
			}
		}
		if err := sys.Sendto(fd, m[i].Data, &to, size); err != nil {
			return told(i, err)
		}
	}
	return len(m), nil
}

// told returns an error only if nothing was done before it.
func told(n int, err error) (int, error) {
	if n > 0 {
		return n, nil
	}
	return 0, err
}
