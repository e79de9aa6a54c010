package main

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

func (s *session) passive([][]byte) {
	switch {
	case s.extendedOnly:
		s.refuse("501 You have said EPSV ALL")
	case !s.peer().Is4():
		s.refuse("425 Say EPSV: this is not IPv4")
	default:
		if addr, ok := s.listen(); ok {
			s.reply("227 Entering Passive Mode (%s)", formatPort(addr))
		}
	}
}

// extendedPassive is EPSV: with a network protocol, with ALL, or with nothing.
func (s *session) extendedPassive(args [][]byte) {
	arg, own := "", "2"
	if len(args) > 0 {
		arg = strings.ToUpper(string(args[0]))
	}
	if s.peer().Is4() {
		own = "1"
	}
	switch arg {
	case "ALL":
		s.extendedOnly = true
		s.reply("200 EPSV it is")
	case "", own:
		if addr, ok := s.listen(); ok {
			s.reply("229 Entering Extended Passive Mode (|||%d|)", addr.Port())
		}
	default:
		s.refuse("522 Only (%s)", own)
	}
}

func (s *session) active(args [][]byte) { s.aim(parsePort(string(args[0]))) }

func (s *session) extendedActive(args [][]byte) { s.aim(parseExtended(string(args[0]))) }

// aim remembers where the client expects a data connection. Anywhere but at the client itself it
// would be an attack on somebody else, in our name.
func (s *session) aim(target netip.AddrPort, err error) {
	s.dropData()
	switch {
	case s.extendedOnly:
		s.refuse("501 You have said EPSV ALL")
	case errors.Is(err, errFamily):
		s.refuse("522 Only (1,2)")
	case err != nil:
		s.refuse("501 That is no address")
	case target.Addr().Unmap() != s.peer() || target.Port() < 1024:
		s.refuse("504 Only your own host, and no port below 1024")
	default:
		s.target = target
		s.reply("200 I come there")
	}
}

// rest is for the next transfer.
func (s *session) rest(args [][]byte) {
	n, err := terminator.ParseLength(args[0], 1<<62)
	if err != nil {
		s.refuse("501 That is no number")
		return
	}
	s.restart = n
	s.reply("350 The next transfer begins at %d", n)
}
